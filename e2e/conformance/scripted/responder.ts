import type { Responder, ResponderContext, ThreadItem } from '@taskpilot-chat/server/chatkit';
import { failures } from './failures.js';
import { items } from './items.js';
import { base, card, done, saying, type Answer } from './parts.js';
import { texts } from './texts.js';

const answers = new Map<string, Answer>(Object.entries({ ...texts, ...items, ...failures }));

const textOf = (item: ThreadItem): string =>
  item.type === 'user_message' ? item.content.map(({ text }) => text).join(' ') : '';

async function lastItem(threadId: string, context: ResponderContext): Promise<ThreadItem> {
  const page = await context.store.loadItems(threadId, { limit: 1, order: 'desc' }, context);
  const [last] = page.data;
  if (last === undefined) throw new Error('The thread is empty.');
  return last;
}

/** What is said when the thread goes on without a message. */
function goOn(last: ThreadItem): string {
  if (last.type === 'client_tool_call') return `Output: ${JSON.stringify(last.output ?? null)}`;
  if (last.type !== 'structured_input') throw new Error(`Nothing follows ${last.type}.`);
  const given = last.inputs.map(({ answer }) => answer?.values.join('+') ?? '');
  return `Answers: ${given.map((values) => (values === '' ? 'skipped' : values)).join(', ')}`;
}

function pressed<T extends ThreadItem & { type: 'widget' }>(sender: T): T {
  return { ...sender, widget: card([{ type: 'Text', id: 't', value: 'Pressed' }]) };
}

/** The responder that README.md describes, as reference/ has it in Python. */
export const scriptedResponder: Responder = {
  async *respond(thread, message, context) {
    if (message === null) {
      yield done(saying({ thread, context }, goOn(await lastItem(thread.id, context))));
      return;
    }
    const answer = answers.get(textOf(message)) ?? answers.get('text');
    if (answer !== undefined) yield* answer({ thread, message, context });
  },

  async *action(thread, action, sender, context) {
    await Promise.resolve();
    if (action.type === 'fail') throw new Error('As scripted.');
    if (action.type === 'replace' && sender !== null) {
      yield { type: 'thread.item.replaced', item: pressed(sender) };
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
    return sender === null ? {} : { updated_item: pressed(sender) };
  },

  async feedback(threadId, _itemIds, kind, context) {
    const thread = await context.store.loadThread(threadId, context);
    const note = { ...base({ thread, context }), content: `feedback: ${kind}` };
    await context.store.saveItem(threadId, { type: 'hidden_context_item', ...note }, context);
  },

  streamOptions: ({ metadata }) => ({ allow_cancel: metadata['allow_cancel'] !== false }),
};
