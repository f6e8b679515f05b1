import {
  setTraceProcessors,
  setTracingDisabled,
  tool,
  type TracingProcessor,
} from '@openai/agents';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { agentWith, Deferred, useAgentHarness } from './test/agent-harness.js';
import { text } from './test/fake-model.js';
import { Conversation, outline, textsOf } from './test/conversation.js';

const harness = useAgentHarness();
const { responder } = harness;

const weather = tool({
  name: 'get_weather',
  description: 'Tells the weather.',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}`,
});

describe('An agent of the operator', () => {
  it('with structured output answers with its text', async () => {
    harness.model.script = (_request, reply) => reply.outputs(text('{"answer":"Yes."}'));
    const agent = agentWith({ outputType: z.object({ answer: z.string() }) as never });
    const events = await new Conversation('Known').say(await responder({ agent }), 'Is it?');
    expect(textsOf(events)).toEqual(['Yes.']);
    expect(JSON.stringify(events)).not.toContain('{\\"answer');
  });

  it('retracts its answer when an output guardrail fails', async () => {
    harness.model.script = (_request, reply) => reply.outputs(text('A secret.'));
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
    const agentResponder = await responder({ agent, onFailure: ({ code }) => codes.push(code) });
    await expect(conversation.say(agentResponder, 'Tell')).rejects.toMatchObject({
      code: 'custom',
      message: 'This cannot be answered here. Please ask in other words.',
    });
    expect(codes).toEqual(['guardrail']);
    expect((await conversation.items()).map(({ type }) => type)).toEqual(['user_message']);
  });

  it('is stopped in the middle of its answer when an input guardrail fails', async () => {
    const begun = new Deferred();
    harness.model.script = (request, reply) => {
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
    const agentResponder = await responder({ agent, onFailure: () => undefined });
    await expect(conversation.say(agentResponder, 'Rude')).rejects.toMatchObject({
      code: 'custom',
    });
    await harness.model.requests[0]?.cut;
    const shown = new Set<string>();
    for (const event of conversation.events) {
      if (event.type === 'thread.item.added') shown.add(event.item.id);
      if (event.type === 'thread.item.removed') shown.delete(event.item_id);
    }
    expect(shown.size).toBe(0);
  });

  it.each([
    ['without streaming', {}],
    ['streaming', { onStream: () => undefined }],
  ])(
    'can use another agent as a tool, whose text the visitor does not get (%s)',
    async (_how, more) => {
      const expert = agentWith({ name: 'Expert', instructions: 'Know.' });
      const agent = agentWith({
        tools: [expert.asTool({ toolName: 'ask_expert', toolDescription: 'Asks.', ...more })],
      });
      harness.model.script = ({ body }, reply) => {
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

  it('can hand off to another agent', async () => {
    const helper = agentWith({ name: 'Helper', instructions: 'Help.' });
    const agent = agentWith({ handoffs: [helper] });
    harness.model.script = ({ body }, reply) =>
      reply.outputs(
        body.instructions === 'Help.'
          ? text('Here I am.')
          : { type: 'function_call', name: 'transfer_to_Helper', arguments: '{}' },
      );
    const events = await new Conversation('Known').say(await responder({ agent }), 'Help me');
    expect(textsOf(events)).toEqual(['Here I am.']);
    expect(outline(events)).not.toContain('thread.item.added workflow');
  });

  it('uses the tool and the model that the page chooses, if they are allowed', async () => {
    harness.model.script = (_request, reply) => reply.outputs(text('Hello.'));
    const agent = agentWith({ tools: [weather] });
    const agentResponder = await responder({ agent, models: ['gpt-5'] });
    const options = { tool_choice: { id: 'get_weather' }, model: 'gpt-5' };
    await new Conversation('Known').say(agentResponder, 'Hi', { inference_options: options });
    expect(harness.model.requests[0]?.body).toMatchObject({
      model: 'gpt-5',
      tool_choice: { type: 'function', name: 'get_weather' },
    });
    const others = { tool_choice: { id: 'rm' }, model: 'gpt-5-pro' };
    await new Conversation('Known').say(agentResponder, 'Hi', { inference_options: others });
    expect(harness.model.requests[1]?.body.model).toBe('gpt-4.1');
    expect(harness.model.requests[1]?.body).not.toHaveProperty('tool_choice');
  });

  it('reads the thread as its hooks say', async () => {
    const conversation = new Conversation('Known');
    const base = { thread_id: conversation.thread.id, created_at: '2026-12-01T00:00:00.000Z' };
    await conversation.add(
      { type: 'hidden_context_item', id: 'h', ...base, content: 'clicked' },
      { type: 'hidden_context_item', id: 'left-out', ...base, content: 'noise' },
      {
        ...{ type: 'assistant_message', id: 'a', ...base },
        content: [{ type: 'output_text', text: 'Tides rise.', annotations: [] }],
      },
    );
    const agentResponder = await responder({
      agent: agentWith({}),
      input: ({ user }) => ({
        tag: ({ id }) => Promise.resolve({ article: id, title: `Looked up for ${user}` }),
        hidden: ({ content }) =>
          Promise.resolve(content === 'noise' ? null : `The user ${String(content)}.`),
        answer: ({ text: said, annotations }) => `${said} [${annotations.length} sources]`,
        item: (item) => Promise.resolve(item.id === 'm' ? [] : undefined),
      }),
    });
    await conversation.say(agentResponder, 'Read', {
      content: [
        { type: 'input_text', text: 'Read ' },
        {
          type: 'input_tag',
          id: 'a7',
          text: 'Tides',
          data: { title: 'Forged' },
          interactive: true,
        },
      ],
    });
    const input = JSON.stringify(harness.model.requests[0]?.body.input);
    expect(input).toContain('The user clicked.');
    expect(input).toContain('Looked up for ada');
    expect(input).toContain('Tides rise. [0 sources]');
    expect(input).not.toMatch(/noise|Forged/);
  });

  it('ends after as many turns as it may take', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs({ type: 'function_call', name: 'get_weather', arguments: '{"city":"Bern"}' });
    const codes: string[] = [];
    const agentResponder = await responder({
      agent: agentWith({ tools: [weather] }),
      maxTurns: 2,
      onFailure: ({ code }) => codes.push(code),
    });
    await expect(new Conversation('Known').say(agentResponder, 'Loop')).rejects.toThrow();
    expect(codes).toEqual(['too_many_turns']);
    expect(harness.model.requests).toHaveLength(2);
  });

  it('is traced to the processors of the process, if that is wanted, without what was said', async () => {
    const spans: unknown[] = [];
    const none = () => Promise.resolve();
    const processor: TracingProcessor = {
      onTraceStart: none,
      onTraceEnd: none,
      onSpanStart: none,
      onSpanEnd: (span) => {
        spans.push(span.toJSON());
        return Promise.resolve();
      },
      shutdown: none,
      forceFlush: none,
    };
    setTraceProcessors([processor]);
    // The SDK traces nothing where NODE_ENV is test.
    setTracingDisabled(false);
    try {
      const agent = agentWith({ tools: [weather] });
      await new Conversation('Known').say(await responder({ agent }), 'A secret');
      expect(spans).toEqual([]);
      await new Conversation('Known').say(await responder({ agent, tracing: true }), 'A secret');
      expect(spans).toContainEqual(
        expect.objectContaining({
          span_data: expect.objectContaining({ type: 'agent', name: 'Test' }) as unknown,
        }),
      );
      expect(JSON.stringify(spans)).not.toContain('A secret');
    } finally {
      setTracingDisabled(true);
      setTraceProcessors([]);
    }
  });

  it('answers through a server with Chat Completions only', async () => {
    harness.model.script = ({ path }, reply) => {
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
    const agentResponder = await responder({ api: 'chat-completions', model: 'local' });
    const events = await new Conversation('Known').say(agentResponder, 'Hi');
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
