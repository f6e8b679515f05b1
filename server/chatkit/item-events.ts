import type { Annotation, ThreadMetadata, ThreadStreamEvent } from './protocol/index.js';
import type { NewId } from './responder.js';

/** `newId` and `now` of the context that a responder or a tool gets. */
export interface ItemEventOptions {
  readonly newId: NewId;
  readonly now: () => string;
}

const itemFields = ({ id }: ThreadMetadata, { newId, now }: ItemEventOptions) => ({
  id: newId('message'),
  thread_id: id,
  created_at: now(),
});

/**
 * The event of a whole message of the assistant, for a responder to yield or a tool to emit.
 *
 * @param annotations its sources; an `index` is the position in the text
 *
 * @example
 * yield messageEvent(thread, `Booked for ${date}.`, context);
 */
export const messageEvent = (
  thread: ThreadMetadata,
  text: string,
  options: ItemEventOptions,
  annotations: readonly Annotation[] = [],
): ThreadStreamEvent => ({
  type: 'thread.item.done',
  item: {
    type: 'assistant_message',
    ...itemFields(thread, options),
    content: [{ type: 'output_text', text, annotations: [...annotations] }],
  },
});

/**
 * The event of something that the model is to know and the user does not see, such as a click in a widget.
 *
 * @param content a text, or JSON
 *
 * @example
 * yield hiddenContextEvent(thread, `The user chose seat ${seat}.`, context);
 */
export const hiddenContextEvent = (
  thread: ThreadMetadata,
  content: unknown,
  options: ItemEventOptions,
): ThreadStreamEvent => ({
  type: 'thread.item.done',
  item: { type: 'hidden_context_item', ...itemFields(thread, options), content },
});
