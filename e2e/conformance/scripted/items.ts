import type {
  ClientToolCallItem,
  GeneratedImageItem,
  SearchTask,
  Task,
  ThoughtTask,
  StructuredInputItem,
  TaskItem,
  WorkflowItem,
} from '@taskpilot-chat/server/chatkit';
import { base, done, saying, updated, type Answer, type Asked } from './parts.js';

/** A call of a function in the page. */
export const toolCall = (question: Asked, name: string): ClientToolCallItem => ({
  type: 'client_tool_call',
  ...base(question, 'tool_call'),
  status: 'pending',
  call_id: `call_${name}`,
  name,
  arguments: { city: 'Oslo', units: null },
});

const tasks: readonly Task[] = [
  { type: 'custom', title: 'Custom', icon: 'sparkle', content: 'Text' },
  {
    type: 'web_search',
    title: 'Search',
    title_query: 'q',
    queries: ['q'],
    sources: [
      { type: 'url', title: 'A page', url: 'https://example.com/', attribution: 'Example' },
    ],
  },
  { type: 'thought', content: 'Hm.', status_indicator: 'complete' },
  { type: 'file', title: 'File', sources: [{ type: 'file', title: 'A file', filename: 'a.txt' }] },
  { type: 'image', title: 'Image' },
];

const thought: ThoughtTask = { type: 'thought', content: 'Hm.' };
const search: SearchTask = { type: 'web_search', title: 'Search', status_indicator: 'loading' };
const found: SearchTask = { ...search, queries: ['q'], status_indicator: 'complete' };

const steps: readonly Task[] = [
  { type: 'custom', title: 'Custom', status_indicator: 'loading' },
  { type: 'web_search', title: 'Search', status_indicator: 'loading' },
  { type: 'thought', title: 'Thought', content: 'Hm', status_indicator: 'loading' },
  { type: 'file', title: 'File', status_indicator: 'loading' },
  { type: 'image', title: 'Image', status_indicator: 'loading' },
];
const stepsDone: readonly Task[] = steps.map((task) => ({ ...task, status_indicator: 'complete' }));

/** Answers of items that are neither texts nor widgets. */
export const items: Readonly<Record<string, Answer>> = {
  'client tool': (question) => [done(toolCall(question, 'get_weather'))],
  'two client tools': (question) => [
    done(toolCall(question, 'get_place')),
    done(toolCall(question, 'get_weather')),
  ],
  'structured input': (question) => {
    const options = [{ value: 'red' }, { value: 'blue' }];
    return [
      done({
        type: 'structured_input',
        ...base(question),
        status: 'pending',
        inputs: [
          { type: 'multiple_choice', id: 'one', question: 'Which?', options },
          { type: 'multiple_choice', id: 'many', question: 'Which ones?', options, multiple: true },
          { type: 'freeform', id: 'why', question: 'Why?', description: 'In a word' },
        ],
      }),
    ];
  },
  tasks: (question) => tasks.map((task) => done({ type: 'task', ...base(question, 'task'), task })),
  *workflow(question) {
    const item: WorkflowItem = {
      type: 'workflow',
      ...base(question, 'workflow'),
      workflow: { type: 'reasoning', tasks: [thought] },
    };
    yield { type: 'thread.item.added', item };
    yield updated(item, { type: 'workflow.task.added', task_index: 1, task: search });
    yield updated(item, { type: 'workflow.task.updated', task_index: 1, task: found });
    yield done({
      ...item,
      workflow: { type: 'reasoning', tasks: [thought, found], summary: { duration: 3 } },
    });
    yield done({
      type: 'workflow',
      ...base(question, 'workflow'),
      workflow: {
        type: 'custom',
        tasks: [{ type: 'custom', title: 'A step' }],
        summary: { title: 'All done', icon: 'check' },
        expanded: true,
      },
    });
  },
  *image(question) {
    const item: GeneratedImageItem = { type: 'generated_image', ...base(question) };
    const image = { id: 'img_1', url: 'https://example.com/1.png' };
    yield { type: 'thread.item.added', item };
    yield updated(item, { type: 'generated_image.updated', image, progress: 0.5 });
    yield updated(item, { type: 'generated_image.updated', image });
    yield done({ ...item, image });
  },
  'end of turn': (question) => [
    done(saying(question, 'Done.')),
    done({ type: 'end_of_turn', ...base(question) }),
  ],
  'tool with text': (question) => [
    done(saying(question, 'Let me look.')),
    done(toolCall(question, 'get_weather')),
  ],
  'tool chain': (question) => [done(toolCall(question, 'get_place'))],
  'finished tool': (question) => [
    done({ ...toolCall(question, 'get_weather'), status: 'completed', output: { sky: null } }),
    done(saying(question, 'It is done.')),
  ],
  choice: (question) => {
    const item: StructuredInputItem = {
      type: 'structured_input',
      ...base(question),
      status: 'pending',
      inputs: [
        { type: 'multiple_choice', id: 'one', question: 'Which?', options: [{ value: 'red' }] },
        { type: 'freeform', id: 'why', question: 'Why?' },
      ],
    };
    return [{ type: 'thread.item.added', item }, done(item)];
  },
  approval: (question) => {
    const options = [{ value: 'Allow' }, { value: 'Decline' }];
    return [
      done({
        type: 'hidden_context_item',
        ...base(question),
        content: { run: { tool: 'close_task', approved: null } },
      }),
      done({
        type: 'structured_input',
        ...base(question),
        status: 'pending',
        inputs: [{ type: 'multiple_choice', id: 'approval', question: 'Close it?', options }],
      }),
    ];
  },
  *'all steps'(question) {
    const item: WorkflowItem = {
      type: 'workflow',
      ...base(question, 'workflow'),
      workflow: { type: 'custom', tasks: [], expanded: true },
    };
    yield { type: 'thread.item.added', item };
    for (const [index, task] of steps.entries()) {
      yield updated(item, { type: 'workflow.task.added', task_index: index, task });
    }
    for (const [index, task] of stepsDone.entries()) {
      yield updated(item, { type: 'workflow.task.updated', task_index: index, task });
    }
    yield done({
      ...item,
      workflow: { type: 'custom', tasks: [...stepsDone], summary: { title: 'Five steps' } },
    });
  },
  'bare workflow': (question) => [
    done({
      type: 'workflow',
      ...base(question, 'workflow'),
      workflow: { type: 'reasoning', tasks: [], summary: { duration: 0 } },
    }),
    done(saying(question, 'No thoughts.')),
  ],
  *'task progress'(question) {
    const item: TaskItem = {
      type: 'task',
      ...base(question, 'task'),
      task: { type: 'custom', title: 'Loading', status_indicator: 'loading' },
    };
    yield { type: 'thread.item.added', item };
    yield done(item);
    const task: Task = { type: 'custom', title: 'Loaded', status_indicator: 'complete' };
    yield { type: 'thread.item.replaced', item: { ...item, task } };
  },
  'no image': (question) => [done({ type: 'generated_image', ...base(question) })],
};
