import { OpenAIProvider, Runner, tool, type Agent } from '@openai/agents';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { streamWidget, type Responder, type WidgetRoot } from '../chatkit/index.js';
import { accumulateText } from './accumulate-text.js';
import type { AgentContext } from './answer-stream.js';
import { toAgentInput } from './attached-files.js';
import {
  createAgentContext,
  streamAgentResponse,
  type StreamAgentOptions,
} from './stream-agent-response.js';
import { agentWith, selectedTool, useAgentHarness } from './test/agent-harness.js';
import { Conversation, outline, textsOf } from './test/conversation.js';
import { callThenSay, text } from './test/fake-model.js';

const harness = useAgentHarness();

const runner = () =>
  new Runner({
    tracingDisabled: true,
    modelProvider: new OpenAIProvider({
      useResponses: true,
      openAIClient: new OpenAI({ apiKey: 'sk-test', baseURL: harness.model.baseUrl }),
    }),
  });

interface Own {
  readonly city: string;
}

/** A responder as an application writes it. */
const responderOf = (
  agent: Agent<AgentContext & Own>,
  options?: StreamAgentOptions,
): Responder => ({
  async *respond(thread, _message, context) {
    const agentContext = createAgentContext(thread, context, { city: 'Bern' });
    const { data } = await context.store.loadItems(thread.id, { limit: 50, order: 'asc' }, context);
    const { signal } = context;
    const result = await runner().run(agent, await toAgentInput(data, {}, context), {
      stream: true,
      context: agentContext,
      signal,
    });
    yield* streamAgentResponse(agentContext, result, options);
  },
});

const ownAgent = (config: Parameters<typeof agentWith>[0]) =>
  agentWith(config) as unknown as Agent<AgentContext & Own>;

const showCity = tool<z.ZodObject, AgentContext & Own>({
  name: 'show_city',
  description: 'Shows it.',
  parameters: z.object({}),
  execute: async (_input, run) => {
    if (run === undefined) throw new Error('There is no context.');
    const { context } = run;
    context.addTask({ type: 'custom', title: 'Painting', status_indicator: 'complete' });
    const card: WidgetRoot = { type: 'Card', children: [{ type: 'Text', value: context.city }] };
    for await (const event of streamWidget(context.thread, card, context)) context.emit(event);
    return 'Shown.';
  },
});

describe('streamAgentResponse', () => {
  it('streams text, steps and what tools send, in one order on screen and in the thread', async () => {
    harness.model.script = callThenSay('show_city', '{}', 'There it is.');
    const conversation = new Conversation('Known');
    const responder = responderOf(ownAgent({ tools: [showCity] as never }));
    const events = await conversation.say(responder, 'Show Bern');
    expect(outline(events)).toEqual([
      'thread.item.added workflow',
      'workflow.task.added',
      'thread.item.done workflow',
      'thread.item.done widget',
      'thread.item.done hidden_context_item',
      'thread.item.added assistant_message',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.done',
      'thread.item.done assistant_message',
    ]);
    expect((await conversation.items()).map(({ type }) => type)).toEqual([
      'user_message',
      'workflow',
      'widget',
      'hidden_context_item',
      'assistant_message',
    ]);
    expect(JSON.stringify(events)).toContain('"Bern"');
  });

  it('gives the same events as createAgentResponder', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs(
        { type: 'reasoning', summaries: ['First.'] },
        { type: 'message', text: 'See.', citations: [{ url: 'https://a.example/', title: 'A' }] },
      );
    const agent = ownAgent({});
    const own = outline(await new Conversation('Known').say(responderOf(agent), 'Hi'));
    const service = await harness.responder({ agent });
    expect(own).toEqual(outline(await new Conversation('Known').say(service, 'Hi')));
  });

  it('says the text of structured output, and not its JSON', async () => {
    harness.model.script = (_request, reply) => reply.outputs(text('{"text":"Said.","score":1}'));
    const outputType = z.object({ text: z.string(), score: z.number() });
    const agent = agentWith({ outputType: outputType as never });
    const conversation = new Conversation('Known');
    const responder = responderOf(agent as unknown as Agent<AgentContext & Own>);
    expect(textsOf(await conversation.say(responder, 'Rate it'))).toEqual(['Said.']);
  });

  it('goes on with the output of a tool in the page', async () => {
    harness.model.script = callThenSay('selected', '{}', 'Two of them.');
    const responder = responderOf(ownAgent({ tools: [selectedTool] }));
    const conversation = new Conversation('Known');
    const [call] = await conversation.say(responder, 'What is selected?');
    if (call?.type !== 'thread.item.done' || call.item.type !== 'client_tool_call') {
      throw new Error('The tool was not called.');
    }
    await conversation.add({ ...call.item, status: 'completed', output: { ids: ['a', 'b'] } });
    expect(textsOf(await conversation.read(responder, null))).toEqual(['Two of them.']);
  });

  it('removes what was sent when a guardrail stops the run, and throws', async () => {
    harness.model.script = (_request, reply) => reply.outputs(text('Secret.'));
    const agent = ownAgent({
      outputGuardrails: [
        {
          name: 'no secrets',
          execute: () => Promise.resolve({ tripwireTriggered: true, outputInfo: null }),
        },
      ],
    });
    const conversation = new Conversation('Known');
    await expect(conversation.say(responderOf(agent), 'Tell')).rejects.toThrow();
    expect(outline(conversation.events).at(-1)).toBe('thread.item.removed');
    expect((await conversation.items()).map(({ type }) => type)).toEqual(['user_message']);
  });

  it('shows citations as the application says, asynchronously too', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs({
        type: 'message',
        text: 'See.',
        citations: [
          { url: 'https://a.example/', title: 'A' },
          { url: 'https://b.example/', title: 'B' },
        ],
      });
    const conversation = new Conversation('Known');
    await conversation.say(
      responderOf(ownAgent({}), {
        citation: async (citation, usual) => {
          if (citation.type !== 'url_citation' || citation.title === 'B') return null;
          const source = { type: 'entity', id: 'a', title: 'Article A' } as const;
          return Promise.resolve(usual && { ...usual, source });
        },
      }),
      'Cite',
    );
    expect((await conversation.items()).at(-1)).toMatchObject({
      content: [{ annotations: [{ source: { type: 'entity', title: 'Article A' } }] }],
    });
  });

  it('streams one run after the other into the same answer', async () => {
    let calls = 0;
    harness.model.script = (_request, reply) => reply.outputs(text(`Answer ${++calls}.`));
    const agent = ownAgent({});
    const twice: Responder = {
      async *respond(thread, _message, context) {
        const agentContext = createAgentContext(thread, context, { city: 'Bern' });
        for (const input of ['first', 'second']) {
          const options = { stream: true, context: { ...agentContext } } as const;
          const result = await runner().run(agent, input, options);
          yield* streamAgentResponse(agentContext, result);
        }
      },
    };
    const events = await new Conversation('Known').say(twice, 'Go');
    expect(textsOf(events)).toEqual(['Answer 1.', 'Answer 2.']);
  });

  it('takes no context but that of createAgentContext', async () => {
    const conversation = new Conversation('Known');
    const result = await runner().run(agentWith({}), 'Hi', { stream: true });
    const context = { ...conversation.context, thread: conversation.thread } as AgentContext;
    await expect(streamAgentResponse(context, result).next()).rejects.toThrow('createAgentContext');
    await result.completed;
  });
});

describe('accumulateText', () => {
  it('lets a run write into a text of a widget', async () => {
    harness.model.script = (_request, reply) => reply.outputs(text('One two three.'));
    const responder: Responder = {
      async *respond(thread, _message, context) {
        const result = await runner().run(agentWith({}), 'Sum it up', { stream: true });
        async function* states(): AsyncGenerator<WidgetRoot> {
          const summary = { type: 'Markdown', id: 'summary', value: '', streaming: true };
          for await (const state of accumulateText(result, summary)) {
            yield { type: 'Card', children: [state] };
          }
        }
        yield* streamWidget(thread, states(), context);
      },
    };
    const conversation = new Conversation('Known');
    const events = await conversation.say(responder, 'Sum it up');
    const deltas = events.flatMap((event) =>
      event.type === 'thread.item.updated' && 'delta' in event.update ? event.update.delta : [],
    );
    expect(deltas.join('')).toBe('One two three.');
    expect(deltas.length).toBeGreaterThan(1);
    expect((await conversation.items()).at(-1)).toMatchObject({
      type: 'widget',
      widget: { children: [{ value: 'One two three.', streaming: false }] },
    });
  });
});
