import {
  childrenOf,
  type AssistantContent,
  type AssistantMessage,
  type Item,
  type ItemUpdate,
  type StreamEvent,
  type WidgetNode,
  type WorkflowItem,
} from './wire.js';

/** Ids of items that the server has not confirmed yet begin with this. */
const localPrefix = 'local:';

export const localId = (): string => `${localPrefix}${crypto.randomUUID()}`;
export const isLocal = ({ id }: Item): boolean => id.startsWith(localPrefix);

function withPart(
  message: AssistantMessage,
  index: number,
  change: (part: AssistantContent) => AssistantContent,
): AssistantMessage {
  const content = [...message.content];
  while (content.length <= index) content.push({ text: '', annotations: [] });
  content[index] = change(content[index] ?? { text: '', annotations: [] });
  return { ...message, content };
}

function withTask(
  item: WorkflowItem,
  index: number,
  task: WorkflowItem['workflow']['tasks'][number],
) {
  const tasks = [...item.workflow.tasks];
  tasks[index] = task;
  return { ...item, workflow: { ...item.workflow, tasks } };
}

/** The widget with one of its components changed, wherever in the tree that is. */
function withComponent(
  node: WidgetNode,
  id: string,
  change: (component: WidgetNode) => WidgetNode,
): WidgetNode {
  if (node.id === id) return change(node);
  const children = childrenOf(node);
  if (children.length === 0) return node;
  return { ...node, children: children.map((child) => withComponent(child, id, change)) };
}

function updated(item: Item, update: ItemUpdate): Item {
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      if (item.type !== 'assistant_message') return item;
      return withPart(item, update.content_index, () => update.content);
    case 'assistant_message.content_part.text_delta':
      if (item.type !== 'assistant_message') return item;
      return withPart(item, update.content_index, (part) => ({
        ...part,
        text: part.text + update.delta,
      }));
    case 'assistant_message.content_part.annotation_added':
      if (item.type !== 'assistant_message') return item;
      return withPart(item, update.content_index, (part) => ({
        ...part,
        annotations: part.annotations.toSpliced(update.annotation_index, 1, update.annotation),
      }));
    case 'workflow.task.added':
    case 'workflow.task.updated':
      if (item.type !== 'workflow') return item;
      return withTask(item, update.task_index, update.task);
    case 'widget.root.updated':
      return item.type === 'widget' ? { ...item, widget: update.widget } : item;
    case 'widget.component.updated':
      if (item.type !== 'widget') return item;
      return {
        ...item,
        widget: withComponent(item.widget, update.component_id, () => update.component),
      };
    case 'widget.streaming_text.value_delta':
      if (item.type !== 'widget') return item;
      return {
        ...item,
        widget: withComponent(item.widget, update.component_id, (component) => ({
          ...component,
          value: `${typeof component.value === 'string' ? component.value : ''}${update.delta}`,
        })),
      };
    case 'generated_image.updated':
      return item.type === 'generated_image' ? { ...item, image: update.image } : item;
    default:
      // An update of a later protocol.
      return item;
  }
}

/** Replaces the item of the same id, or the visitor's message that was shown ahead; else adds it. */
function put(items: readonly Item[], item: Item): Item[] {
  let at = items.findIndex(({ id }) => id === item.id);
  if (at < 0 && item.type === 'user_message') at = items.findLastIndex(isLocal);
  return at < 0 ? [...items, item] : items.with(at, item);
}

/** The items of a thread after an event. */
export function applyEvent(items: readonly Item[], event: StreamEvent): readonly Item[] {
  switch (event.type) {
    case 'thread.item.added':
    case 'thread.item.done':
    case 'thread.item.replaced':
      return put(items, event.item);
    case 'thread.item.updated':
      return items.map((item) => (item.id === event.item_id ? updated(item, event.update) : item));
    case 'thread.item.removed':
      return items.filter(({ id }) => id !== event.item_id);
    default:
      return items;
  }
}
