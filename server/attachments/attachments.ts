import type { AttachmentContext, AttachmentStore } from '../chatkit/attachments.js';
import { ChatKitProblem, RequestError } from '../chatkit/errors.js';
import { quotaExceeded } from '../chatkit/limits.js';
import type { Attachment, ParamsOf } from '../chatkit/protocol/index.js';
import { newId } from '../chatkit/responder.js';
import {
  NotFoundError,
  type AttachmentRecord,
  type Store,
  type StoreContext,
} from '../chatkit/store.js';
import { peekBytes, uploadTtlMs, type BlobStore } from './blobs.js';
import { isImage, matchesType, typeName } from './file-types.js';

export interface AttachmentLimits {
  /** Of one file, in bytes. */
  readonly maxBytes: number;
  /** Of one message. */
  readonly maxCount: number;
  /** Accepted MIME types. */
  readonly types: readonly string[];
  /** Of all that a user has stored, in bytes. */
  readonly storedMaxBytes: number;
}

export interface AttachmentsOptions {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly limits: AttachmentLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Receives the error of a failed cleanup; the next one tries again. */
  readonly onError: (error: unknown) => void;
}

/** How long a file waits for its message, in milliseconds. */
const unsentMs = 24 * 3_600_000;
const maxNameLength = 255;

/** A name to be shown, never a path, without characters that reorder text or that a database does not take. */
const cleanName = (name: string): string => {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const start = last.trimStart().slice(0, maxNameLength);
  return start.replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, '').trim() || 'file';
};

/** Attachments with limits, whose records are in the store of threads and whose bytes are in a `BlobStore`. */
export class Attachments implements AttachmentStore {
  readonly #options: AttachmentsOptions;
  #cleaning = Promise.resolve();
  #nextCleaning: Promise<void> | null = null;

  constructor(options: AttachmentsOptions) {
    this.#options = options;
  }

  async create(
    params: ParamsOf<'attachments.create'>,
    context: AttachmentContext,
  ): Promise<Attachment> {
    const record = await this.#register(params, context);
    const { id, mime_type: mimeType, size } = record;
    const target = await this.#options.blobs.uploadTarget({ id, mimeType, size }, context);
    return { ...(await this.present(toAttachment(record), context)), upload_descriptor: target };
  }

  /** Registers and stores a file whose bytes are there, as a direct upload brings them. */
  async add(
    file: { readonly name: string; readonly mimeType: string; readonly bytes: Uint8Array },
    context: AttachmentContext,
  ): Promise<Attachment> {
    const { name, mimeType, bytes } = file;
    const params = { name, mime_type: mimeType, size: bytes.byteLength };
    const record = await this.#register(params, context);
    const { id } = record;
    try {
      if (!matchesType(record.mime_type, bytes)) throw notWhatItSays(record);
      await this.#options.blobs.write({ id, mimeType: record.mime_type, size: record.size }, bytes);
    } catch (error) {
      await this.#options.store.deleteAttachment(id, context);
      throw error;
    }
    return this.present(toAttachment(record), context);
  }

  async delete(id: string, context: StoreContext): Promise<void> {
    await this.#options.store.deleteAttachment(id, context);
    await this.#options.blobs.delete(id);
  }

  async accept(ids: readonly string[], context: StoreContext): Promise<readonly Attachment[]> {
    const { store, blobs, limits } = this.#options;
    if (ids.length > limits.maxCount) {
      throw new RequestError(400, `A message may have ${limits.maxCount} attachments at most.`);
    }
    const accepted: Attachment[] = [];
    for (const id of ids) {
      const record = await store.loadAttachment(id, context);
      const file = await blobs.peek(id);
      if (file === null) throw new RequestError(400, `Attachment ${id} has not been uploaded.`);
      if (!isAsAnnounced(record, file)) {
        await this.delete(id, context);
        throw notWhatItSays(record);
      }
      accepted.push(toAttachment(record));
    }
    return accepted;
  }

  async present(attachment: Attachment, context: AttachmentContext): Promise<Attachment> {
    if (attachment.type === 'file') return attachment;
    const { id, mime_type: mimeType } = attachment;
    const url = await this.#options.blobs.previewUrl({ id, mimeType }, context);
    return { ...attachment, preview_url: url };
  }

  async read(id: string, context: StoreContext): Promise<Uint8Array> {
    const record = await this.#options.store.loadAttachment(id, context);
    const bytes = await this.#options.blobs.read(id, record.size);
    // While its upload URL was valid, a client could replace the file.
    const start = bytes?.subarray(0, peekBytes);
    if (bytes === null || !start || !isAsAnnounced(record, { size: bytes.byteLength, start })) {
      throw new NotFoundError(`No attachment ${id}`);
    }
    return bytes;
  }

  threadDeleted(): void {
    void this.cleanUp();
  }

  /**
   * Deletes the bytes that are of no more use. Never rejects. Calls while it runs share one more run, which sees what was
   * deleted before them.
   */
  cleanUp(): Promise<void> {
    this.#nextCleaning ??= this.#cleaning.then(() => {
      this.#nextCleaning = null;
      this.#cleaning = this.#cleanUp().catch(this.#options.onError);
      return this.#cleaning;
    });
    return this.#nextCleaning;
  }

  async #cleanUp(): Promise<void> {
    const { store, blobs, now } = this.#options;
    for (;;) {
      const abandoned = await store.abandonedAttachments(new Date(now() - unsentMs));
      for (const { id } of abandoned) await blobs.delete(id);
      // A record is kept until no upload can come after it.
      const over = abandoned.filter(
        ({ created_at: createdAt }) => Date.parse(createdAt) + 2 * uploadTtlMs < now(),
      );
      await store.forgetAttachments(over.map(({ id }) => id));
      if (over.length === 0) return;
    }
  }

  async #register(
    { name, mime_type: declared, size }: ParamsOf<'attachments.create'>,
    context: StoreContext,
  ): Promise<AttachmentRecord> {
    const { store, limits, now } = this.#options;
    const mimeType = (declared.split(';', 1)[0] ?? '').trim().toLowerCase();
    if (!limits.types.includes(mimeType)) {
      const accepted = limits.types.map(typeName).join(', ');
      throw new RequestError(400, `Files of this type are not accepted. These are: ${accepted}.`);
    }
    if (size === 0) throw new RequestError(400, 'The file is empty.');
    if (size > limits.maxBytes) {
      throw new ChatKitProblem(
        'payload_too_large',
        `A file can have ${limits.maxBytes / 2 ** 20} MB at most.`,
      );
    }
    if ((await store.storedBytes(context)) + size > limits.storedMaxBytes) {
      throw quotaExceeded();
    }
    const record = {
      id: newId('attachment'),
      name: cleanName(name),
      mime_type: mimeType,
      size,
      created_at: new Date(now()).toISOString(),
    };
    await store.addAttachment(record, context);
    return record;
  }
}

const toAttachment = ({ id, name, mime_type: mimeType }: AttachmentRecord): Attachment => ({
  type: isImage(mimeType) ? 'image' : 'file',
  id,
  name,
  mime_type: mimeType,
});

const isAsAnnounced = (
  record: AttachmentRecord,
  { size, start }: { readonly size: number; readonly start: Uint8Array },
): boolean => size === record.size && matchesType(record.mime_type, start);

const notWhatItSays = ({ id }: AttachmentRecord): RequestError =>
  new RequestError(400, `Attachment ${id} is not of the type or size that was announced.`);

const cleanUpEveryMs = 10 * 60_000;

/** Deletes what is of no more use now and at an interval. */
export function startCleanUp(attachments: Attachments): { stop(): Promise<void> } {
  const timer = setInterval(() => void attachments.cleanUp(), cleanUpEveryMs).unref();
  void attachments.cleanUp();
  return {
    stop: async () => {
      clearInterval(timer);
      await attachments.cleanUp();
    },
  };
}
