import { tool } from '@openai/agents';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clientTool } from './tools.js';
import { agentWith, useAgentHarness } from './test/agent-harness.js';
import { callThenSay, type FakeModel, text } from './test/fake-model.js';
import { Conversation, outline, textsOf } from './test/conversation.js';

const harness = useAgentHarness();
const { responder } = harness;

const weather = tool({
  name: 'get_weather',
  description: 'Tells the weather.',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}`,
});

describe('Tools on the server', () => {
  const twoTurns: FakeModel['script'] = callThenSay(
    'get_weather',
    '{"city":"Rome"}',
    'It is sunny.',
  );

  it('are shown as tasks, without arguments and output', async () => {
    harness.model.script = twoTurns;
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

  it('are in the model’s input of the next turn', async () => {
    harness.model.script = twoTurns;
    const conversation = new Conversation('Known');
    const agentResponder = await responder({ agent: agentWith({ tools: [weather] }) });
    await conversation.say(agentResponder, 'How is the weather?');
    await conversation.say(agentResponder, 'Where was that?');
    const { input } = harness.model.requests.at(-1)?.body ?? { input: [] };
    expect(input.map(({ type, role }) => role ?? type)).toEqual([
      'user',
      'function_call',
      'function_call_output',
      'assistant',
      'user',
    ]);
    expect(input[2]).toMatchObject({ output: 'Sunny in Rome' });
  });

  it('can emit events, and get the user', async () => {
    harness.model.script = callThenSay('work', '{}', 'Done.');
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

  it('A3: that want an approval run without one where the operator lets all pass', async () => {
    harness.model.script = ({ body }, reply) => {
      const result = body.input.find(({ type }) => type === 'function_call_output');
      if (result !== undefined) reply.outputs(text(String(result['output'])));
      else reply.outputs({ type: 'function_call', name: 'pay', arguments: '{}' });
    };
    const pay = tool({
      name: 'pay',
      description: 'Pays.',
      parameters: z.object({}),
      needsApproval: true,
      execute: () => 'paid',
    });
    const agentResponder = await responder({
      agent: agentWith({ tools: [pay] }),
      approvals: 'allow',
    });
    const events = await new Conversation('Known').say(agentResponder, 'Pay');
    expect(textsOf(events)).toEqual(['paid']);
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

  it('pause the answer, which goes on with their output', async () => {
    harness.model.script = callThenSay('add_task', '{"title":"Water"}', 'Added.');
    const conversation = new Conversation('Known');
    const agentResponder = await responder({ agent: agentWith({ tools: [addTask] }) });
    const events = await conversation.say(agentResponder, 'Add water');
    expect(outline(events)).toEqual(['thread.item.done client_tool_call']);
    expect(harness.model.requests[0]?.body).toMatchObject({
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
    const rest = await conversation.read(agentResponder, null);
    expect(textsOf(rest)).toEqual(['Added.']);
    expect(harness.model.requests[1]?.body.input.slice(1)).toMatchObject([
      { type: 'function_call', call_id: call.call_id, name: 'add_task' },
      { type: 'function_call_output', call_id: call.call_id, output: '{"id":7}' },
    ]);
  });

  it('without output are left out of the model’s input', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs({ type: 'function_call', name: 'add_task', arguments: '{"title":"Water"}' });
    const conversation = new Conversation('Known');
    const agentResponder = await responder({ agent: agentWith({ tools: [addTask] }) });
    await conversation.say(agentResponder, 'Add water');
    harness.model.script = (_request, reply) => reply.outputs(text('Hello.'));
    await conversation.say(agentResponder, 'Never mind');
    expect(harness.model.requests[1]?.body.input.map(({ role }) => role)).toEqual(['user', 'user']);
  });

  it('are called without waiting for the title, which comes with the rest of the answer', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs({ type: 'function_call', name: 'add_task', arguments: '{"title":"Water"}' });
    harness.model.titleScript = () => undefined;
    const conversation = new Conversation();
    const agentResponder = await responder({ agent: agentWith({ tools: [addTask] }) });
    await conversation.say(agentResponder, 'Add');
    expect(conversation.thread.title).toBeUndefined();
    await harness.model.titles[0]?.cut;

    harness.model.titleScript = (_request, reply) => reply.outputs(text('A title'));
    harness.model.script = (_request, reply) => reply.outputs(text('Added.'));
    const call = (await conversation.items()).at(-1);
    if (call?.type !== 'client_tool_call') throw new Error('no call');
    await conversation.add({ ...call, status: 'completed', output: null });
    await conversation.read(agentResponder, null);
    expect(conversation.thread.title).toBe('A title');
  });
});
