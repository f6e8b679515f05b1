import { streamWidget, type WidgetItem, type WidgetRoot } from '@taskpilot-chat/server/chatkit';
import { base, card, done, updated, type Answer, type Question } from './parts.js';

const text = (value: string, fields: object = {}) => ({ type: 'Text', value, ...fields });

const item = (question: Question, widget: WidgetRoot): WidgetItem => ({
  type: 'widget',
  ...base(question),
  widget,
});

const whole =
  (widget: WidgetRoot): Answer =>
  (question) => [done(item(question, widget))];

async function* each(states: readonly WidgetRoot[]): AsyncIterable<WidgetRoot> {
  for (const state of states) yield await Promise.resolve(state);
}

const streamed =
  (...states: WidgetRoot[]): Answer =>
  ({ thread, context }) =>
    streamWidget(thread, each(states), context);

const streamingState = (value: string, note: string, size: string): WidgetRoot =>
  card(
    [
      text(value, { id: 't', streaming: true }),
      { type: 'Box', children: [{ type: 'Markdown', id: 'm', value: note }] },
    ],
    { size },
  );

const badge = (label: string, fields: object = {}) => ({
  type: 'Badge',
  id: 'b',
  label,
  ...fields,
});

/** Answers of widgets. */
export const widgets: Readonly<Record<string, Answer>> = {
  widget: (question) => {
    const children = [
      text('A task', { id: 't', color: null }),
      { type: 'Tomorrow', someProp: { deep: [1] } },
    ];
    return [done({ ...item(question, card(children, { size: 'sm' })), copy_text: 'A task' })];
  },
  'streaming widget': streamed(
    streamingState('Lo', '', 'sm'),
    streamingState('Load', '', 'sm'),
    streamingState('Load', '', 'sm'),
    streamingState('Loading', '*Soon*', 'sm'),
    streamingState('Loading', '*Soon*', 'lg'),
    streamingState('Done', '*Now*', 'lg'),
  ),
  *'component update'(question) {
    const open = item(question, card([badge('open')]));
    yield { type: 'thread.item.added', item: open };
    yield updated(open, {
      type: 'widget.component.updated',
      component_id: 'b',
      component: badge('done'),
    });
    yield done({ ...open, widget: card([badge('done')]) });
  },
  'list view': whole({
    type: 'ListView',
    limit: 'auto',
    children: [
      {
        type: 'ListViewItem',
        key: 'a',
        onClickAction: { type: 'open', payload: { id: 7, tab: null }, handler: 'client' },
        children: [text('A task')],
      },
    ],
  }),
  basic: whole({ type: 'Basic', gap: 2, children: { type: 'Title', value: 'Alone' } }),
  *'root update'(question) {
    const first = item(question, card([text('One')]));
    yield { type: 'thread.item.added', item: first };
    const widget = card([{ type: 'Title', value: 'Two' }], { confirm: { label: 'OK' } });
    yield updated(first, { type: 'widget.root.updated', widget });
    yield done({ ...first, widget });
  },
  'whole widget': ({ thread, context }) =>
    streamWidget(thread, card([text('Whole')]), { ...context, copyText: 'Whole' }),
  'other text': streamed(
    ...['Loading', 'Loading the task', 'Loaded'].map((value) => card([text(value, { id: 't' })])),
  ),
  'text without id': streamed(card([text('Load')]), card([text('Loading')])),
  'new property': streamed(card([badge('open')]), card([badge('open', { color: 'info' })])),
};
