import {
  streamWidget,
  type ClientToolCallItem,
  type GeneratedImageItem,
  type SearchTask,
  type Task,
  type ThoughtTask,
  type WidgetItem,
  type WidgetRoot,
  type WorkflowItem,
} from '@taskpilot-chat/server/chatkit';
import { base, card, done, saying, updated, type Answer, type Question } from './parts.js';

const toolCall = (question: Question, name: string): ClientToolCallItem => ({
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

async function* widgetStates(): AsyncIterable<WidgetRoot> {
  const state = (text: string, note: string, size: string) =>
    card(
      [
        { type: 'Text', id: 't', value: text, streaming: true },
        { type: 'Box', children: [{ type: 'Markdown', id: 'm', value: note }] },
      ],
      { size },
    );
  yield await Promise.resolve(state('Lo', '', 'sm'));
  yield state('Load', '', 'sm');
  yield state('Load', '', 'sm');
  yield state('Loading', '*Soon*', 'sm');
  yield state('Loading', '*Soon*', 'lg');
  yield state('Done', '*Now*', 'lg');
}

/** Answers of all other items. */
export const items: Readonly<Record<string, Answer>> = {
  'client tool': (question) => [done(toolCall(question, 'get_weather'))],
  'two client tools': (question) => [
    done(toolCall(question, 'get_place')),
    done(toolCall(question, 'get_weather')),
  ],
  widget: (question) => {
    const children = [
      { type: 'Text', id: 't', value: 'A task', color: null },
      { type: 'Tomorrow', someProp: { deep: [1] } },
    ];
    const widget = card(children, { size: 'sm' });
    return [done({ type: 'widget', ...base(question), widget, copy_text: 'A task' })];
  },
  'streaming widget': ({ thread, context }) => streamWidget(thread, widgetStates(), context),
  *'component update'(question) {
    const badge = (label: string) => ({ type: 'Badge', id: 'b', label });
    const item: WidgetItem = { type: 'widget', ...base(question), widget: card([badge('open')]) };
    yield { type: 'thread.item.added', item };
    yield updated(item, {
      type: 'widget.component.updated',
      component_id: 'b',
      component: badge('done'),
    });
    yield done({ ...item, widget: card([badge('done')]) });
  },
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
};
