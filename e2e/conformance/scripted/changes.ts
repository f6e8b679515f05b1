import type {
  AssistantMessageItem,
  ThreadItem,
  ThreadStreamEvent,
} from '@taskpilot-chat/server/chatkit';
import { base, content, done, messageOf, saying, type Answer, type Question } from './parts.js';

const replaced = (item: ThreadItem): ThreadStreamEvent => ({ type: 'thread.item.replaced', item });

const removed = (id: string): ThreadStreamEvent => ({ type: 'thread.item.removed', item_id: id });

const secret = (question: Question): ThreadItem => ({
  type: 'hidden_context_item',
  ...base(question),
  content: 'a secret',
});

async function firstAnswer({ thread, context }: Question): Promise<AssistantMessageItem> {
  const page = { limit: 100, order: 'asc' } as const;
  const { data } = await context.store.loadItems(thread.id, page, context);
  const first = data.find((item) => item.type === 'assistant_message');
  if (first === undefined) throw new Error('Nothing has been said.');
  return first;
}

/** What a responder in JavaScript leaves out. */
const lax = (event: object): ThreadStreamEvent => event as ThreadStreamEvent;

/** Answers that change stored items and the thread, also while other requests change them. */
export const changes: Readonly<Record<string, Answer>> = {
  *replace(question) {
    const item = saying(question, 'Draft.');
    yield done(item);
    yield done(saying(question, 'After.'));
    yield replaced({ ...item, content: [content('Final.')] });
  },
  *remove(question) {
    const item = saying(question, 'Draft.');
    yield done(item);
    yield removed(item.id);
  },
  defaults: (question) => {
    const source = { type: 'entity', title: 'A task', id: 'task-1' };
    const noted = { text: 'Noted.', annotations: [{ type: 'annotation', source }] };
    return [
      lax({
        type: 'thread.item.done',
        item: {
          type: 'assistant_message',
          ...base(question),
          content: [{ text: 'Plain.' }, noted],
        },
      }),
      lax({ type: 'client_effect', name: 'refresh' }),
      lax({ type: 'error', message: 'Not all of it.' }),
    ];
  },
  edit: (question) => [
    replaced({ ...messageOf(question), content: [{ type: 'input_text', text: 'files' }] }),
    done(saying(question, 'Edited.')),
  ],
  twice: (question) => {
    const item = saying(question, 'Once.');
    const between = done(saying(question, 'Between.'));
    return [done(item), between, done({ ...item, content: [content('Twice.')] })];
  },
  'added only': (question) => [
    { type: 'thread.item.added', item: saying(question, 'Forgotten.') },
    done(saying(question, 'After.')),
  ],
  'remove unknown': (question) => [removed('msg_unknown'), done(saying(question, 'Removed.'))],
  'replace unknown': (question) => [
    replaced(saying(question, 'New.')),
    done(saying(question, 'Replaced.')),
  ],
  async *'replace earlier'(question) {
    yield replaced({ ...(await firstAnswer(question)), content: [content('Changed.')] });
  },
  async *'remove earlier'(question) {
    yield removed((await firstAnswer(question)).id);
  },
  'hidden events': (question) => {
    const item = secret(question);
    return [
      { type: 'thread.item.added', item },
      replaced(item),
      done(saying(question, 'Nothing to see.')),
    ];
  },
  async *'rename meanwhile'(question) {
    const { thread, context } = question;
    // As another tab does.
    const stored = await context.store.loadThread(thread.id, context);
    await context.store.saveThread({ ...stored, title: "The visitor's title" }, context);
    thread.allowed_image_domains = ['img.example.com'];
    yield done(saying(question, 'Renamed.'));
  },
  async *'delete meanwhile'(question) {
    const { thread, context } = question;
    await context.store.deleteThread(thread.id, context);
    thread.title = 'Too late';
    yield done(saying(question, 'Deleted.'));
  },
};
