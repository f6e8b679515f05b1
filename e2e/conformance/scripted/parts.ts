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

/** What an answer is made of. */
export interface Question {
  readonly thread: ThreadMetadata;
  readonly message: UserMessageItem;
  readonly context: ResponderContext;
}

export type Answer = (
  question: Question,
) => Iterable<ThreadStreamEvent> | AsyncIterable<ThreadStreamEvent>;

export const base = (
  { thread, context }: { thread: ThreadMetadata; context: ResponderContext },
  kind: IdKind = 'message',
) => ({ id: context.newId(kind), thread_id: thread.id, created_at: context.now() });

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
export const saying = (
  question: { thread: ThreadMetadata; context: ResponderContext },
  text: string,
): AssistantMessageItem => ({
  type: 'assistant_message',
  ...base(question),
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

/** A message that streams. */
export function* streaming(
  question: Question,
  updates: readonly AssistantMessageUpdate[],
  end: AssistantContent | null,
): Iterable<ThreadStreamEvent> {
  const item: AssistantMessageItem = { ...saying(question, ''), content: [] };
  yield { type: 'thread.item.added', item };
  for (const update of updates) yield updated(item, update);
  if (end !== null) yield done({ ...item, content: [end] });
}

export const card = (children: WidgetComponent[], fields: object = {}): WidgetRoot => ({
  type: 'Card',
  children,
  ...fields,
});
