import { tool, type RunContext } from '@openai/agents';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  hiddenContextEvent,
  isHidden,
  messageEvent,
  streamWidget,
  type ThreadStreamEvent,
  type WidgetRoot,
} from '../chatkit/index.js';
import type { AgentContext } from './answer-stream.js';
import { agentWith, useAgentHarness } from './test/agent-harness.js';
import { Conversation } from './test/conversation.js';
import { text } from './test/fake-model.js';
import { contextOf, withStep } from './tools.js';

const harness = useAgentHarness();
const { responder } = harness;

type Act = (context: AgentContext) => Promise<void> | void;

const toolThat = (act: Act, name = 'show_order') =>
  tool({
    name,
    description: 'Does it.',
    parameters: z.object({}),
    execute: async (_input, run?: RunContext) => {
      await act(contextOf(run));
      return 'Done.';
    },
  });

/** Lets the model call each tool once, one after the other, and then answer. */
async function answer(tools: readonly ReturnType<typeof toolThat>[], words = 'Here it is.') {
  const names = tools.map(({ name }) => name);
  harness.model.script = ({ body }, reply) => {
    const called = body.input.filter(({ type }) => type === 'function_call_output').length;
    const name = names[called];
    reply.outputs(
      name === undefined ? text(words) : { type: 'function_call', name, arguments: '{}' },
    );
  };
  const agent = agentWith({ tools: [...tools] });
  const conversation = new Conversation('Known');
  const events = structuredClone(await conversation.say(await responder({ agent }), 'Show it'));
  const stored = (await conversation.items()).filter((item) => !isHidden(item)).slice(1);
  return { events, stored };
}

/** The items on the visitor's screen, in their order. */
const shown = (events: readonly ThreadStreamEvent[]): string[] => [
  ...new Set(
    events.flatMap((event) =>
      'item' in event && !isHidden(event.item) ? `${event.item.type} ${event.item.id}` : [],
    ),
  ),
];

const card = (value: string): WidgetRoot => ({
  type: 'Card',
  children: [{ type: 'Text', id: 't', value }],
});

const showWidget: Act = (context) => context.streamWidget(card('Order'));

const streamedWidget: Act = async (context) => {
  async function* states() {
    yield card('Or');
    yield await Promise.resolve(card('Order'));
  }
  for await (const event of streamWidget(context.thread, states(), context)) context.emit(event);
};

const sayAndRemember: Act = (context) => {
  const { thread, emit } = context;
  emit(messageEvent(thread, 'Here is the order.', context));
  emit(hiddenContextEvent(thread, 'The order was shown.', context));
};

describe('A tool that shows a widget', () => {
  it.each([
    ['at once', showWidget],
    ['while it changes', streamedWidget],
  ])('A8: leaves one order on screen and in the thread (%s)', async (_how, act) => {
    const { events, stored } = await answer([toolThat(act), toolThat(() => undefined, 'more')]);
    expect(stored.map(({ type }) => type)).toEqual([
      'workflow',
      'widget',
      'workflow',
      'assistant_message',
    ]);
    expect(stored.map(({ type, id }) => `${type} ${id}`)).toEqual(shown(events));
  });

  it('A11: has answered, although the model adds nothing', async () => {
    const { stored } = await answer([toolThat(showWidget)], '');
    expect(stored.map(({ type }) => type)).toEqual(['workflow', 'widget']);
  });
});

describe('A tool that says something', () => {
  it('leaves its message where it was said', async () => {
    const { events, stored } = await answer([toolThat(sayAndRemember)]);
    expect(stored.map(({ type, id }) => `${type} ${id}`)).toEqual(shown(events));
    expect(stored.map(({ type }) => type)).toEqual([
      'workflow',
      'assistant_message',
      'assistant_message',
    ]);
  });
});

const tasksOf = (items: Awaited<ReturnType<typeof answer>>['stored']) =>
  items.flatMap((item) =>
    item.type === 'workflow'
      ? [
          item.workflow.tasks.map((task) => [task.title, task.status_indicator]),
          item.workflow.summary,
          item.workflow.expanded,
        ]
      : [],
  );

describe('A tool outside of a chat', () => {
  it('is told that there is no context', () => {
    expect(() => contextOf(undefined)).toThrow('no context');
    expect(() => contextOf({ context: {} })).toThrow('no context');
  });
});

describe('The steps of an answer', () => {
  it('A8: are named, or silenced, by withStep', async () => {
    const { stored } = await answer([
      withStep(
        toolThat(() => undefined, 'a'),
        { title: 'Asking the shop', icon: 'cube' },
      ),
      withStep(
        toolThat(() => undefined, 'b'),
        false,
      ),
      withStep(
        toolThat(() => undefined, 'c'),
        'Packing',
      ),
    ]);
    expect(tasksOf(stored)[0]).toEqual([
      ['Asking the shop', 'complete'],
      ['Packing', 'complete'],
    ]);
    expect(stored[0]).toMatchObject({ workflow: { tasks: [{ icon: 'cube' }, {}] } });
  });

  it('A8: are added, changed and ended by a tool', async () => {
    const { events, stored } = await answer([
      withStep(
        toolThat(({ addTask, endWorkflow }) => {
          const change = addTask({ type: 'custom', title: 'Asking', status_indicator: 'loading' });
          addTask({ type: 'custom', title: 'Packing', status_indicator: 'complete' });
          change({ type: 'custom', title: 'Asked', status_indicator: 'complete' });
          endWorkflow({ summary: { title: 'Two things done' }, expanded: true });
          change({ type: 'custom', title: 'Too late' });
        }),
        false,
      ),
    ]);
    expect(tasksOf(stored)).toEqual([
      [
        ['Asked', 'complete'],
        ['Packing', 'complete'],
      ],
      { title: 'Two things done' },
      true,
    ]);
    expect(JSON.stringify(events)).not.toContain('Too late');
  });

  it('A8: have one order on screen and in the thread, with widgets and messages between them', async () => {
    const { events, stored } = await answer([
      withStep(
        toolThat(async (context) => {
          const { addTask, streamWidget: show, endWorkflow, emit, thread } = context;
          addTask({ type: 'custom', title: 'Looking', status_indicator: 'complete' });
          await show(card('Order'));
          addTask({ type: 'custom', title: 'Packing', status_indicator: 'loading' });
          endWorkflow({ summary: { title: 'Packed' } });
          addTask({ type: 'custom', title: 'Sending', status_indicator: 'loading' });
          emit(messageEvent(thread, 'It is on its way.', context));
        }),
        false,
      ),
      toolThat(() => undefined, 'last_step'),
    ]);
    expect(stored.map(({ type, id }) => `${type} ${id}`)).toEqual(shown(events));
    expect(stored.map(({ type }) => type)).toEqual([
      'workflow',
      'widget',
      'workflow',
      'workflow',
      'assistant_message',
      'workflow',
      'assistant_message',
    ]);
    const titles = stored.flatMap((item) =>
      item.type === 'workflow' ? item.workflow.tasks.map(({ title }) => title) : [],
    );
    expect(titles).toEqual(['Looking', 'Packing', 'Sending', 'Last step']);
  });
});
