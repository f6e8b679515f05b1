import type {
  Annotation,
  AssistantContent,
  AssistantMessageItem,
  AssistantMessageUpdate,
  IdKind,
  ResponderContext,
  ThreadItem,
  ThreadItemUpdate,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageItem,
  WidgetComponent,
  WidgetRoot,
} from '@taskpilot-chat/server/chatkit';

/** Where an item belongs. */
export interface Asked {
  readonly thread: ThreadMetadata;
  readonly context: ResponderContext;
}

/** What an answer is made of. */
export interface Question extends Asked {
  /** Null for an action. */
  readonly message: UserMessageItem | null;
}

export function messageOf({ message }: Question): UserMessageItem {
  if (message === null) throw new Error('There is no message.');
  return message;
}

export type Answer = (
  question: Question,
) => Iterable<ThreadStreamEvent> | AsyncIterable<ThreadStreamEvent>;

export const base = ({ thread, context }: Asked, kind: IdKind = 'message') => ({
  id: context.newId(kind),
  thread_id: thread.id,
  created_at: context.now(),
});

export const done = (item: ThreadItem): ThreadStreamEvent => ({ type: 'thread.item.done', item });

export const updated = (item: ThreadItem, update: ThreadItemUpdate): ThreadStreamEvent => ({
  type: 'thread.item.updated',
  item_id: item.id,
  update,
});

export const content = (text: string, annotations: Annotation[] = []): AssistantContent => ({
  type: 'output_text',
  text,
  annotations,
});

/** A message, whole. */
export const saying = (asked: Asked, text: string): AssistantMessageItem => ({
  type: 'assistant_message',
  ...base(asked),
  content: [content(text)],
});

export const delta = (text: string): AssistantMessageUpdate => ({
  type: 'assistant_message.content_part.text_delta',
  content_index: 0,
  delta: text,
});

export const part = (state: 'added' | 'done', body: AssistantContent): AssistantMessageUpdate => ({
  type: `assistant_message.content_part.${state}`,
  content_index: 0,
  content: body,
});

export const annotationAdded = (index: number, annotation: Annotation): AssistantMessageUpdate => ({
  type: 'assistant_message.content_part.annotation_added',
  content_index: 0,
  annotation_index: index,
  annotation,
});

/** A message that streams. */
export function* streaming(
  asked: Asked,
  updates: readonly AssistantMessageUpdate[],
  end: AssistantContent | AssistantContent[] | null,
): Iterable<ThreadStreamEvent> {
  const item: AssistantMessageItem = { ...saying(asked, ''), content: [] };
  yield { type: 'thread.item.added', item };
  for (const update of updates) yield updated(item, update);
  if (end !== null) yield done({ ...item, content: Array.isArray(end) ? end : [end] });
}

export const card = (children: WidgetComponent[], fields: object = {}): WidgetRoot => ({
  type: 'Card',
  children,
  ...fields,
});
