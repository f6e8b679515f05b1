import { Agent, tool } from '@openai/agents';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAgentResponder, type AgentResponderOptions } from './agent-responder.js';
import { clientTool } from './client-tool.js';
import { Deferred } from './test/deferred.js';
import { startFakeModel, text, type FakeModel } from './test/fake-model.js';
import { Conversation, outline, textsOf } from './test/thread.js';

let model: FakeModel;
beforeAll(async () => {
  model = await startFakeModel();
});
afterAll(() => model.close());
beforeEach(() => {
  model.requests.length = 0;
  model.titles.length = 0;
});

const responder = (options: Partial<AgentResponderOptions> = {}) =>
  createAgentResponder({
    openai: { apiKey: 'sk-test', baseUrl: model.baseUrl },
    onFailure: (failure) => {
      throw failure;
    },
    ...options,
  });

const agentWith = (config: Partial<ConstructorParameters<typeof Agent>[0]>) =>
  new Agent({ name: 'Test', instructions: 'Be brief.', model: 'gpt-4.1', ...config });

const weather = tool({
  name: 'get_weather',
  description: 'Tells the weather.',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}`,
});

describe('The responder on the Agents SDK', () => {
  it('streams text as ChatKit expects it', async () => {
    model.script = (_request, reply) => reply.outputs(text('One two three.'));
    const events = await new Conversation('Known').say(await responder(), 'Count');
    expect(outline(events)).toEqual([
      'thread.item.added assistant_message',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.done',
      'thread.item.done assistant_message',
    ]);
    expect(
      events.flatMap((event) =>
        event.type === 'thread.item.updated' && 'delta' in event.update ? event.update.delta : [],
      ),
    ).toEqual(['One ', 'two ', 'three.']);
    expect(textsOf(events)).toEqual(['One two three.']);
  });

  it('asks with its model and instructions, and neither stores at OpenAI nor tells who the user is', async () => {
    await new Conversation('Known').say(
      await responder({ model: 'gpt-4.1', instructions: 'Be kind.' }),
      'Hi',
    );
    const [request] = model.requests;
    expect(request?.authorization).toBe('Bearer sk-test');
    expect(request?.body).toMatchObject({
      model: 'gpt-4.1',
      instructions: 'Be kind.',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      stream: true,
      store: false,
      safety_identifier: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('shows what the model thinks as a workflow that ends when it speaks', async () => {
    model.script = (_request, reply) =>
      reply.outputs({ type: 'reasoning', summaries: ['First this.', 'Then that.'] }, text('Done.'));
    const conversation = new Conversation('Known');
    const events = await conversation.say(await responder(), 'Think');
    expect(outline(events).slice(0, 7)).toEqual([
      'thread.item.added workflow',
      'workflow.task.added',
      'workflow.task.updated',
      'workflow.task.added',
      'workflow.task.updated',
      'thread.item.done workflow',
      'thread.item.added assistant_message',
    ]);
    const [, workflow] = await conversation.items();
    expect(workflow).toMatchObject({
      type: 'workflow',
      workflow: {
        type: 'reasoning',
        expanded: false,
        summary: { duration: 0 },
        tasks: [
          { type: 'thought', content: 'First this.' },
          { type: 'thought', content: 'Then that.' },
        ],
      },
    });
  });

  it('gives citations as annotations', async () => {
    model.script = (_request, reply) =>
      reply.outputs({
        type: 'message',
        text: 'See there.',
        citations: [
          { url: 'https://example.com/a', title: 'A' },
          { url: 'javascript:alert(1)', title: 'Evil' },
        ],
      });
    const conversation = new Conversation('Known');
    const events = await conversation.say(await responder(), 'Cite');
    const annotation = {
      type: 'annotation',
      source: { type: 'url', url: 'https://example.com/a', title: 'A' },
      index: 10,
    };
    expect(events).toContainEqual(
      expect.objectContaining({
        update: {
          type: 'assistant_message.content_part.annotation_added',
          content_index: 0,
          annotation_index: 0,
          annotation,
        },
      }),
    );
    expect((await conversation.items()).at(-1)).toMatchObject({
      content: [{ text: 'See there.', annotations: [annotation] }],
    });
  });

  it('shows a refusal as what the model says', async () => {
    model.script = (_request, reply) => reply.outputs({ type: 'refusal', text: 'I cannot.' });
    const events = await new Conversation('Known').say(await responder(), 'Do it');
    expect(textsOf(events)).toEqual(['I cannot.']);
  });

  it('says when the answer was cut off', async () => {
    model.script = (_request, reply) =>
      reply.events([
        { type: 'response.output_text.delta', item_id: 'm', content_index: 0, delta: 'Long' },
        {
          type: 'response.incomplete',
          response: {
            id: 'r',
            incomplete_details: { reason: 'max_output_tokens' },
            output: [
              {
                type: 'message',
                id: 'm',
                role: 'assistant',
                status: 'incomplete',
                content: [{ type: 'output_text', text: 'Long', annotations: [] }],
              },
            ],
          } as never,
        },
      ]);
    const events = await new Conversation('Known').say(await responder(), 'Tell');
    expect(textsOf(events)).toEqual(['Long']);
    expect(outline(events)).toContain('notice');
  });

  it('shows images that the model makes', async () => {
    const call = { type: 'image_generation_call', id: 'ig_1', status: 'completed' } as const;
    const answer = {
      type: 'message',
      id: 'm',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'There.', annotations: [] }],
    } as const;
    model.script = (_request, reply) =>
      reply.events([
        { type: 'response.output_item.added', item: { ...call, result: null } as never },
        {
          type: 'response.image_generation_call.partial_image',
          item_id: 'ig_1',
          partial_image_b64: 'AAAA',
          partial_image_index: 0,
        },
        { type: 'response.output_item.done', item: { ...call, result: 'BBBB' } },
        { type: 'response.output_item.done', item: answer as never },
        {
          type: 'response.completed',
          response: { id: 'r', output: [{ ...call, result: 'BBBB' }, answer] } as never,
        },
      ]);
    const conversation = new Conversation('Known');
    const events = await conversation.say(
      await responder({ storeImage: (base64, format) => Promise.resolve(`/${base64}.${format}`) }),
      'Draw',
    );
    expect(outline(events).slice(0, 3)).toEqual([
      'thread.item.added generated_image',
      'generated_image.updated',
      'thread.item.done generated_image',
    ]);
    expect(await conversation.items()).toContainEqual(
      expect.objectContaining({
        type: 'generated_image',
        image: { id: expect.any(String) as string, url: '/BBBB.png' },
      }),
    );
  });
});

describe('Tools on the server', () => {
  const twoTurns: FakeModel['script'] = ({ body }, reply) =>
    reply.outputs(
      body.input.some(({ type }) => type === 'function_call_output')
        ? text('It is sunny.')
        : { type: 'function_call', name: 'get_weather', arguments: '{"city":"Rome"}' },
    );

  it('are shown as tasks, without what they were asked and what they said', async () => {
    model.script = twoTurns;
    const conversation = new Conversation('Known');
    const events = await conversation.say(
      await responder({ agent: agentWith({ tools: [weather] }) }),
      'How is the weather?',
    );
    expect(outline(events)).toEqual([
      'thread.item.added workflow',
      'workflow.task.updated',
      'thread.item.done hidden_context_item',
      'thread.item.done workflow',
      'thread.item.added assistant_message',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.done',
      'thread.item.done assistant_message',
    ]);
    const visible = events.filter(
      (event) => !('item' in event && event.item.type === 'hidden_context_item'),
    );
    expect(JSON.stringify(visible)).not.toMatch(/Rome/);
    expect(await conversation.items()).toContainEqual(
      expect.objectContaining({
        workflow: expect.objectContaining({
          type: 'custom',
          tasks: [{ type: 'custom', title: 'Get weather', status_indicator: 'complete' }],
        }) as object,
      }),
    );
  });

  it('are remembered by the model in the next turn', async () => {
    model.script = twoTurns;
    const conversation = new Conversation('Known');
    const answerer = await responder({ agent: agentWith({ tools: [weather] }) });
    await conversation.say(answerer, 'How is the weather?');
    await conversation.say(answerer, 'Where was that?');
    const { input } = model.requests.at(-1)?.body ?? { input: [] };
    expect(input.map(({ type, role }) => role ?? type)).toEqual([
      'user',
      'function_call',
      'function_call_output',
      'assistant',
      'user',
    ]);
    expect(input[2]).toMatchObject({ output: 'Sunny in Rome' });
  });

  it('can show something by themselves, and know whom they work for', async () => {
    model.script = ({ body }, reply) =>
      reply.outputs(
        body.input.some(({ type }) => type === 'function_call_output')
          ? text('Done.')
          : { type: 'function_call', name: 'work', arguments: '{}' },
      );
    let seen: unknown;
    const work = tool({
      name: 'work',
      description: 'Works.',
      parameters: z.object({}),
      execute: (_input, run) => {
        const context = run?.context as { user: string; emit: (event: object) => void };
        seen = context.user;
        context.emit({ type: 'progress_update', text: 'Working' });
        return 'ok';
      },
    });
    const events = await new Conversation('Known').say(
      await responder({ agent: agentWith({ tools: [work] }) }),
      'Work',
    );
    expect(seen).toBe('ada');
    expect(events).toContainEqual({ type: 'progress_update', text: 'Working' });
  });

  it('that want an approval end the answer, and the operator learns why', async () => {
    model.script = (_request, reply) =>
      reply.outputs({ type: 'function_call', name: 'pay', arguments: '{}' });
    const pay = tool({
      name: 'pay',
      description: 'Pays.',
      parameters: z.object({}),
      needsApproval: true,
      execute: () => 'paid',
    });
    const codes: string[] = [];
    const answerer = await responder({
      agent: agentWith({ tools: [pay] }),
      onFailure: ({ code }) => codes.push(code),
    });
    await expect(new Conversation('Known').say(answerer, 'Pay')).rejects.toMatchObject({
      allowRetry: false,
    });
    expect(codes).toEqual(['approval_unsupported']);
  });
});

describe('Tools in the page', () => {
  const addTask = clientTool({
    name: 'add_task',
    description: 'Adds a task.',
    parameters: {
      type: 'object',
      properties: { title: { type: 'string' } },
      required: ['title'],
      additionalProperties: false,
    },
  });

  it('pause the answer, which goes on with what the page says', async () => {
    model.script = ({ body }, reply) =>
      reply.outputs(
        body.input.some(({ type }) => type === 'function_call_output')
          ? text('Added.')
          : { type: 'function_call', name: 'add_task', arguments: '{"title":"Water"}' },
      );
    const conversation = new Conversation('Known');
    const answerer = await responder({ agent: agentWith({ tools: [addTask] }) });
    const events = await conversation.say(answerer, 'Add water');
    expect(outline(events)).toEqual(['thread.item.done client_tool_call']);
    expect(model.requests[0]?.body).toMatchObject({
      parallel_tool_calls: false,
      tools: [{ type: 'function', name: 'add_task', strict: true }],
    });
    const [, call] = await conversation.items();
    if (call?.type !== 'client_tool_call') throw new Error('no call');
    expect(call).toMatchObject({
      status: 'pending',
      name: 'add_task',
      arguments: { title: 'Water' },
    });

    await conversation.add({ ...call, status: 'completed', output: { id: 7 } });
    const rest = await conversation.read(answerer, null);
    expect(textsOf(rest)).toEqual(['Added.']);
    expect(model.requests[1]?.body.input.slice(1)).toMatchObject([
      { type: 'function_call', call_id: call.call_id, name: 'add_task' },
      { type: 'function_call_output', call_id: call.call_id, output: '{"id":7}' },
    ]);
  });

  it('that never answered are not told to the model', async () => {
    model.script = (_request, reply) =>
      reply.outputs({ type: 'function_call', name: 'add_task', arguments: '{"title":"Water"}' });
    const conversation = new Conversation('Known');
    const answerer = await responder({ agent: agentWith({ tools: [addTask] }) });
    await conversation.say(answerer, 'Add water');
    model.script = (_request, reply) => reply.outputs(text('Hello.'));
    await conversation.say(answerer, 'Never mind');
    expect(model.requests[1]?.body.input.map(({ role }) => role)).toEqual(['user', 'user']);
  });

  it('do not wait for the title, which comes with the rest of the answer', async () => {
    model.script = (_request, reply) =>
      reply.outputs({ type: 'function_call', name: 'add_task', arguments: '{"title":"Water"}' });
    model.titleScript = () => undefined;
    const conversation = new Conversation();
    const answerer = await responder({ agent: agentWith({ tools: [addTask] }) });
    await conversation.say(answerer, 'Add');
    expect(conversation.thread.title).toBeUndefined();
    await model.titles[0]?.cut;

    model.titleScript = (_request, reply) => reply.outputs(text('A title'));
    model.script = (_request, reply) => reply.outputs(text('Added.'));
    const call = (await conversation.items()).at(-1);
    if (call?.type !== 'client_tool_call') throw new Error('no call');
    await conversation.add({ ...call, status: 'completed', output: null });
    await conversation.read(answerer, null);
    expect(conversation.thread.title).toBe('A title');
  });
});

describe('An agent of one’s own', () => {
  it('with structured output is put into words', async () => {
    model.script = (_request, reply) => reply.outputs(text('{"answer":"Yes."}'));
    const agent = agentWith({ outputType: z.object({ answer: z.string() }) as never });
    const events = await new Conversation('Known').say(await responder({ agent }), 'Is it?');
    expect(textsOf(events)).toEqual(['Yes.']);
    expect(JSON.stringify(events)).not.toContain('{\\"answer');
  });

  it('takes back what it said when a guardrail stops it', async () => {
    model.script = (_request, reply) => reply.outputs(text('A secret.'));
    const agent = agentWith({
      outputGuardrails: [
        {
          name: 'secrets',
          execute: ({ agentOutput }) =>
            Promise.resolve({
              tripwireTriggered: String(agentOutput).includes('secret'),
              outputInfo: null,
            }),
        },
      ],
    });
    const codes: string[] = [];
    const conversation = new Conversation('Known');
    const answerer = await responder({ agent, onFailure: ({ code }) => codes.push(code) });
    await expect(conversation.say(answerer, 'Tell')).rejects.toMatchObject({
      code: 'custom',
      message: 'This cannot be answered here. Please ask in other words.',
    });
    expect(codes).toEqual(['guardrail']);
    expect((await conversation.items()).map(({ type }) => type)).toEqual(['user_message']);
  });

  it('is stopped by a guardrail on what it is asked, in the middle of its answer', async () => {
    const begun = new Deferred();
    model.script = (request, reply) => {
      const delta = 'Word ';
      reply.begin([]);
      begun.resolve();
      const line = { type: 'response.output_text.delta', item_id: 'm', content_index: 0, delta };
      const timer = setInterval(() => reply.raw.write(`data: ${JSON.stringify(line)}\n\n`), 5);
      void request.cut.then(() => clearInterval(timer));
    };
    const agent = agentWith({
      inputGuardrails: [
        {
          name: 'manners',
          execute: async () => {
            await begun.promise;
            return { tripwireTriggered: true, outputInfo: null };
          },
        },
      ],
    });
    const conversation = new Conversation('Known');
    const answerer = await responder({ agent, onFailure: () => undefined });
    await expect(conversation.say(answerer, 'Rude')).rejects.toMatchObject({ code: 'custom' });
    await model.requests[0]?.cut;
    const shown = new Set<string>();
    for (const event of conversation.events) {
      if (event.type === 'thread.item.added') shown.add(event.item.id);
      if (event.type === 'thread.item.removed') shown.delete(event.item_id);
    }
    expect(shown.size).toBe(0);
  });

  it.each([
    ['at once', {}],
    ['as it comes', { onStream: () => undefined }],
  ])(
    'can ask another agent as a tool, which the visitor does not hear (%s)',
    async (_how, more) => {
      const expert = agentWith({ name: 'Expert', instructions: 'Know.' });
      const agent = agentWith({
        tools: [expert.asTool({ toolName: 'ask_expert', toolDescription: 'Asks.', ...more })],
      });
      model.script = ({ body }, reply) => {
        if (body.instructions === 'Know.') reply.outputs(text('For the agent only.'));
        else if (body.input.some(({ type }) => type === 'function_call_output')) {
          reply.outputs(text('Forty-two.'));
        } else {
          reply.outputs({ type: 'function_call', name: 'ask_expert', arguments: '{"input":"?"}' });
        }
      };
      const events = await new Conversation('Known').say(await responder({ agent }), 'Ask');
      expect(textsOf(events)).toEqual(['Forty-two.']);
      expect(
        JSON.stringify(events.filter(({ type }) => type === 'thread.item.updated')),
      ).not.toMatch(/agent only/);
      expect(outline(events)).toContain('thread.item.done workflow');
    },
  );

  it('can hand over to another agent', async () => {
    const helper = agentWith({ name: 'Helper', instructions: 'Help.' });
    const agent = agentWith({ handoffs: [helper] });
    model.script = ({ body }, reply) =>
      reply.outputs(
        body.instructions === 'Help.'
          ? text('Here I am.')
          : { type: 'function_call', name: 'transfer_to_Helper', arguments: '{}' },
      );
    const events = await new Conversation('Known').say(await responder({ agent }), 'Help me');
    expect(textsOf(events)).toEqual(['Here I am.']);
    expect(outline(events)).not.toContain('thread.item.added workflow');
  });

  it('uses the tool and the model that the page asks for, if it may', async () => {
    model.script = (_request, reply) => reply.outputs(text('Hello.'));
    const agent = agentWith({ tools: [weather] });
    const answerer = await responder({ agent, models: ['gpt-5'] });
    const options = { tool_choice: { id: 'get_weather' }, model: 'gpt-5' };
    await new Conversation('Known').say(answerer, 'Hi', { inference_options: options });
    expect(model.requests[0]?.body).toMatchObject({
      model: 'gpt-5',
      tool_choice: { type: 'function', name: 'get_weather' },
    });
    const others = { tool_choice: { id: 'rm' }, model: 'gpt-5-pro' };
    await new Conversation('Known').say(answerer, 'Hi', { inference_options: others });
    expect(model.requests[1]?.body.model).toBe('gpt-4.1');
    expect(model.requests[1]?.body).not.toHaveProperty('tool_choice');
  });

  it('answers from a server that speaks Chat Completions only', async () => {
    model.script = ({ path }, reply) => {
      expect(path).toBe('/v1/chat/completions');
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
      const chunk = (delta: object, finish_reason: string | null = null) =>
        `data: ${JSON.stringify({
          id: 'c',
          object: 'chat.completion.chunk',
          created: 1,
          model: 'local',
          choices: [{ index: 0, delta, finish_reason }],
        })}\n\n`;
      reply.raw.write(chunk({ role: 'assistant', content: 'Hello ' }));
      reply.raw.write(chunk({ content: 'there.' }));
      reply.raw.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
    };
    const answerer = await responder({ api: 'chat-completions', model: 'local' });
    const events = await new Conversation('Known').say(answerer, 'Hi');
    expect(outline(events)).toEqual([
      'thread.item.added assistant_message',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.done',
      'thread.item.done assistant_message',
    ]);
    expect(textsOf(events)).toEqual(['Hello there.']);
  });
});
