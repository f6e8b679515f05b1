import type {
  Annotation,
  Source,
  ThreadMetadata,
  ThreadStreamEvent,
} from '@taskpilot-chat/server/chatkit';
import {
  annotationAdded,
  base,
  content,
  delta,
  done,
  messageOf,
  part,
  saying,
  streaming,
  updated,
  type Answer,
} from './parts.js';

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

const known = { title: 'Water', description: 'Wet', timestamp: '2026-11-27', group: 'Elements' };

const sources: Source[] = [
  { type: 'url', ...known, url: 'https://example.com/water', attribution: 'Example' },
  { type: 'file', ...known, filename: 'water.pdf' },
  {
    type: 'entity',
    ...known,
    id: 'e1',
    icon: 'info',
    label: 'Element',
    inline_label: 'H2O',
    interactive: true,
    data: { state: 'liquid', price: null },
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
export const texts = {
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
        ...annotations.map((annotation, index) => annotationAdded(index, annotation)),
        part('done', content('Read', annotations)),
      ],
      content('Read', annotations),
    ),
  echo: (question) => {
    const { quoted_text: quoted = 'none', inference_options: options } = messageOf(question);
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
  unlock: changing('Open again.', (thread) => {
    thread.status = { type: 'active' };
  }),
  'close with reason': changing('Closed.', (thread) => {
    thread.status = { type: 'closed', reason: 'Moved.' };
  }),
  'no image domains': changing('None allowed.', (thread) => {
    thread.allowed_image_domains = [];
  }),
  hidden: (question) => [
    done({
      type: 'hidden_context_item',
      ...base(question),
      content: { for: 'the model', not: null },
    }),
    done(saying(question, 'Seen.')),
  ],
  parts: (question) =>
    streaming(
      question,
      ['First.', 'Second.'].flatMap((text, index) => [
        { ...part('added', content('')), content_index: index },
        { ...delta(text), content_index: index },
        { ...part('done', content(text)), content_index: index },
      ]),
      [content('First.'), content('Second.')],
    ),
  sources: (question) => {
    const annotations = sources.map((source, index) => ({
      type: 'annotation' as const,
      source,
      index,
    }));
    return [done({ ...saying(question, ''), content: [content('Water', annotations)] })];
  },
  'in mid message': (question) => {
    const item = { ...saying(question, ''), content: [] };
    const data = { ids: [1, 2], to: { tab: null } };
    const passing = (text: string): ThreadStreamEvent[] => [
      updated(item, delta(text)),
      { type: 'progress_update', text: 'Looking', icon: 'lucide:eye' },
      { type: 'client_effect', name: 'open_task', data },
    ];
    return [
      { type: 'thread.item.added', item },
      ...passing('Opening'),
      ...passing(' it.'),
      done({ ...item, content: [content('Opening it.')] }),
    ];
  },
  files: (question) => {
    const files = messageOf(question).attachments.map(
      ({ name, type, mime_type: mimeType }) => `${name} (${type}, ${mimeType})`,
    );
    return [done(saying(question, files.join('; ') || 'no files'))];
  },
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
} satisfies Readonly<Record<string, Answer>>;
