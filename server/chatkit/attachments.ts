import { notOffered, RequestError } from './errors.js';
import type { Attachment, ParamsOf, ThreadItem, UserMessageInput } from './protocol/index.js';
import type { StoreContext } from './store.js';

/** Whose attachment it is, and how the client reaches this server. */
export interface AttachmentContext extends StoreContext {
  /** The absolute URL of the ChatKit endpoint, as the client has called it. */
  readonly endpoint: string;
}

/**
 * Where the bytes of attachments are kept. Their records are in the `Store`. No method reaches another user's.
 *
 * @example
 * const server = new ChatKitServer({ store, responder, attachments });
 */
export interface AttachmentStore {
  /**
   * Registers an attachment, and says where its bytes are to be sent.
   *
   * @throws {ChatKitProblem} `payload_too_large` or `storage_quota_exceeded`
   * @throws {RequestError} 400 for a type that is not accepted
   */
  create(params: ParamsOf<'attachments.create'>, context: AttachmentContext): Promise<Attachment>;

  /**
   * Deletes an attachment with its bytes.
   *
   * @throws {NotFoundError} when this user has no such attachment
   */
  delete(id: string, context: StoreContext): Promise<void>;

  /**
   * The attachments that a message brings, as they are stored with it.
   *
   * @throws {NotFoundError} when one is not this user's
   * @throws {RequestError} 400 when there are too many, or one is not there or not what it is said to be
   */
  accept(ids: readonly string[], context: StoreContext): Promise<readonly Attachment[]>;

  /** The attachment as it is sent to a client, with a preview that can be loaded for a while. */
  present(attachment: Attachment, context: AttachmentContext): Promise<Attachment>;

  /**
   * The bytes of an attachment, for the model.
   *
   * @throws {NotFoundError} when it has been deleted, or is another user's
   */
  read(id: string, context: StoreContext): Promise<Uint8Array>;

  /** Called when a thread has been deleted: the bytes of its attachments are of no more use. */
  threadDeleted?(): void;
}

/** @throws {RequestError} 400 for a message without text and attachments, or with attachments that are not offered */
export async function acceptAttachments(
  input: UserMessageInput,
  attachments: AttachmentStore | null,
  context: StoreContext,
): Promise<readonly Attachment[]> {
  const ids = [...new Set(input.attachments)];
  if (ids.length === 0) {
    if (input.content.some(({ text }) => /\S/.test(text))) return [];
    throw new RequestError(400, 'A message needs a text that is not blank, or an attachment.');
  }
  if (attachments === null) throw notOffered('Attachments');
  return attachments.accept(ids, context);
}

/** The item as it is sent to a client. */
export async function presentItem<T extends ThreadItem>(
  item: T,
  attachments: AttachmentStore | null,
  context: AttachmentContext,
): Promise<T> {
  if (attachments === null || item.type !== 'user_message' || item.attachments.length === 0) {
    return item;
  }
  const presented = item.attachments.map(async (attachment) =>
    withoutMetadata(await attachments.present(attachment, context)),
  );
  return { ...item, attachments: await Promise.all(presented) };
}

/** A copy without the application's data, which is never sent to a client. */
export function withoutMetadata(attachment: Attachment): Attachment {
  const shown = { ...attachment };
  delete shown.metadata;
  return shown;
}
