import type { Annotation, ThreadMetadata } from '@taskpilot-chat/server/chatkit';
import { base, content, delta, done, part, saying, streaming, type Answer } from './parts.js';

const annotations: Annotation[] = [
  {
    type: 'annotation',
    source: { type: 'url', title: 'A page', url: 'https://example.com/' },
    index: 4,
  },
  {
    type: 'annotation',
    source: { type: 'file', title: 'A file', filename: 'a.txt', description: 'Notes' },
  },
  {
    type: 'annotation',
    source: { type: 'entity', title: 'A task', id: 'task-1', label: 'Task', data: { due: null } },
  },
];

/** Says something, after changing the thread. */
const changing =
  (text: string, change: (thread: ThreadMetadata) => void): Answer =>
  (question) => {
    change(question.thread);
    return [done(saying(question, text))];
  };

/** Answers of text, what belongs to the thread, and events that pass. */
export const texts: Readonly<Record<string, Answer>> = {
  text: (question) =>
    streaming(
      question,
      [
        part('added', content('')),
        delta('Hello, '),
        delta('world.'),
        part('done', content('Hello, world.')),
      ],
      content('Hello, world.'),
    ),
  annotations: (question) =>
    streaming(
      question,
      [
        part('added', content('')),
        delta('Read'),
        ...annotations.map((annotation, index) => ({
          type: 'assistant_message.content_part.annotation_added' as const,
          content_index: 0,
          annotation_index: index,
          annotation,
        })),
        part('done', content('Read', annotations)),
      ],
      content('Read', annotations),
    ),
  echo: (question) => {
    const { quoted_text: quoted = 'none', inference_options: options } = question.message;
    const { tool_choice: tool, model = 'none' } = options;
    const said = `quoted=${quoted} tool=${tool?.id ?? 'none'} model=${model}`;
    return [done(saying(question, said))];
  },
  *title(question) {
    yield done(saying(question, 'One.'));
    question.thread.title = 'A fine title';
    yield done(saying(question, 'Two.'));
    yield done(saying(question, 'Three.'));
  },
  *'late title'(question) {
    yield done(saying(question, 'One.'));
    question.thread.title = 'A late title';
  },
  lock: changing('Locked.', (thread) => {
    thread.status = { type: 'locked', reason: 'Paid up.' };
  }),
  close: changing('Closed.', (thread) => {
    thread.status = { type: 'closed' };
  }),
  'image domains': changing('Allowed.', (thread) => {
    thread.allowed_image_domains = ['img.example.com'];
  }),
  'no cancel': changing('From now on.', (thread) => {
    thread.metadata['allow_cancel'] = false;
  }),
  hidden: (question) => [
    done({
      type: 'hidden_context_item',
      ...base(question),
      content: { for: 'the model', not: null },
    }),
    done(saying(question, 'Seen.')),
  ],
  progress: () => [
    { type: 'progress_update', icon: 'search', text: 'Searching' },
    { type: 'progress_update', text: 'Thinking' },
  ],
  notices: () => [
    { type: 'notice', level: 'info', message: 'For *you*', title: 'Info' },
    { type: 'notice', level: 'warning', message: 'Take care' },
    { type: 'notice', level: 'danger', message: 'Stop' },
  ],
  effect: () => [{ type: 'client_effect', name: 'open_task', data: { id: 7, tab: null } }],
  *replace(question) {
    const item = saying(question, 'Draft.');
    yield done(item);
    yield done(saying(question, 'After.'));
    yield { type: 'thread.item.replaced', item: { ...item, content: [content('Final.')] } };
  },
  *remove(question) {
    const item = saying(question, 'Draft.');
    yield done(item);
    yield { type: 'thread.item.removed', item_id: item.id };
  },
};
