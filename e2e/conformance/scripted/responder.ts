import type {
  ClientToolCallItem,
  Responder,
  ResponderContext,
  ThreadItem,
  ThreadStreamEvent,
} from '@taskpilot-chat/server/chatkit';
import { changes } from './changes.js';
import { failures } from './failures.js';
import { items, toolCall } from './items.js';
import { base, card, done, saying, type Answer, type Asked } from './parts.js';
import { texts } from './texts.js';
import { widgets } from './widgets.js';

const known = new Map<string, Answer>(
  Object.entries({ ...texts, ...items, ...widgets, ...changes, ...failures }),
);

const answerTo = (text: string): Answer => known.get(text) ?? texts.text;

const textOf = (item: ThreadItem): string =>
  item.type === 'user_message' ? item.content.map(({ text }) => text).join(' ') : '';

async function lastItem(threadId: string, context: ResponderContext): Promise<ThreadItem> {
  const page = await context.store.loadItems(threadId, { limit: 1, order: 'desc' }, context);
  const [last] = page.data;
  if (last === undefined) throw new Error('The thread is empty.');
  return last;
}

function afterCall(asked: Asked, { name, output = null }: ClientToolCallItem): ThreadStreamEvent {
  if (output === 'fail') throw new Error('As scripted.');
  if (name === 'get_place' && output === 'Oslo') return done(toolCall(asked, 'get_weather'));
  return done(saying(asked, `Output: ${JSON.stringify(output)}`));
}

/** The answer when the thread goes on without a message. */
function goOn(asked: Asked, last: ThreadItem): ThreadStreamEvent {
  if (last.type === 'client_tool_call') return afterCall(asked, last);
  if (last.type !== 'structured_input') return done(saying(asked, 'Going on.'));
  const given = last.inputs.map(({ answer }) => answer?.values.join('+') ?? '');
  const values = given.map((value) => (value === '' ? 'skipped' : value));
  return done(saying(asked, `Answers: ${values.join(', ')}`));
}

/** What an action brings about when its type is that of a message. */
const actions = ['text', 'title', 'effect', 'client tool', 'custom error', 'slow'];

function pressed<T extends ThreadItem & { type: 'widget' }>(sender: T): T {
  return { ...sender, widget: card([{ type: 'Text', id: 't', value: 'Pressed' }]) };
}

/** The responder that README.md describes, as reference/ has it in Python. */
export const scriptedResponder: Responder = {
  async *respond(thread, message, context) {
    if (message === null) {
      yield goOn({ thread, context }, await lastItem(thread.id, context));
      return;
    }
    yield* answerTo(textOf(message))({ thread, message, context });
  },

  async *action(thread, action, sender, context) {
    await Promise.resolve();
    if (action.type === 'fail') throw new Error('As scripted.');
    if (action.type === 'replace' && sender !== null) {
      yield { type: 'thread.item.replaced', item: pressed(sender) };
      return;
    }
    if (actions.includes(action.type)) {
      yield* answerTo(action.type)({ thread, message: null, context });
      return;
    }
    if (action.type === 'remove' && sender !== null) {
      yield { type: 'thread.item.removed', item_id: sender.id };
      return;
    }
    const payload = JSON.stringify(action.payload ?? null);
    const from = sender === null ? 'page' : 'widget';
    yield done(saying({ thread, context }, `${action.type} ${payload} from ${from}`));
  },

  async syncAction(thread, action, sender, context) {
    if (action.type === 'fail') throw new Error('As scripted.');
    if (action.type === 'history') {
      const page = { limit: 100, order: 'asc' } as const;
      const { data } = await context.store.loadItems(thread.id, page, context);
      const types = data.map(({ type }) => type).join(', ');
      return { updated_item: saying({ thread, context }, types) };
    }
    if (action.type === 'hidden') {
      const secret = { ...base({ thread, context }), content: 'a secret' };
      return { updated_item: { type: 'hidden_context_item', ...secret } };
    }
    return sender === null ? {} : { updated_item: pressed(sender) };
  },

  async feedback(threadId, _itemIds, kind, context) {
    const thread = await context.store.loadThread(threadId, context);
    const note = { ...base({ thread, context }), content: `feedback: ${kind}` };
    await context.store.saveItem(threadId, { type: 'hidden_context_item', ...note }, context);
  },

  streamOptions: ({ metadata }) => ({ allow_cancel: metadata['allow_cancel'] !== false }),
};
