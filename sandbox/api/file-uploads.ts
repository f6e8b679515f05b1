import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import {
  NotFoundError,
  RequestError,
  type Attachment,
  type AttachmentContext,
  type AttachmentStore,
  type ParamsOf,
  type Store,
  type StoreContext,
} from '@taskpilot-chat/server/chatkit';
import { OpenAIStyleError } from './openai-error.js';
import type { SandboxSession } from './session-book.js';

interface StoredFile {
  readonly user: string;
  readonly attachment: Attachment;
  bytes: Buffer | null;
}

const maxStored = 100;
const megabyte = 2 ** 20;
/** OpenAI's default and maximum. Source: its reference of the sessions API. */
const defaultMaxMegabytes = 512;
/** What the sandbox itself takes of one file, in bytes. */
export const fileBodyLimit = 20 * megabyte;

/**
 * Refuses files where the session has not asked for `file_upload`, as OpenAI does.
 *
 * @throws {OpenAIStyleError} 400
 */
export function assertMayUpload(session: SandboxSession, size: unknown): void {
  const upload = session.asked.configuration['file_upload'] as {
    readonly enabled?: boolean;
    readonly max_file_size?: number | null;
  };
  if (upload.enabled !== true) {
    throw new OpenAIStyleError(400, 'File uploads are disabled for this session.', {
      code: 'chatkit.file_upload_disabled',
    });
  }
  const megabytes = upload.max_file_size ?? defaultMaxMegabytes;
  if (typeof size === 'number' && size > megabytes * megabyte) {
    throw new OpenAIStyleError(400, `Files can have ${megabytes} MB at most in this session.`);
  }
}

/** Files of hosted chats, in memory; the oldest are deleted. */
export class FileUploads implements AttachmentStore {
  readonly #store: Store;
  readonly #files = new Map<string, StoredFile>();

  /** @param store knows which thread a file belongs to */
  constructor(store: Store) {
    this.#store = store;
  }

  async create(
    { name, mime_type: type, size }: ParamsOf<'attachments.create'>,
    { user, endpoint }: AttachmentContext,
  ): Promise<Attachment> {
    const id = `atc_${randomBytes(10).toString('hex')}`;
    const kind = type.startsWith('image/') ? 'image' : 'file';
    const attachment: Attachment = { type: kind, id, name, mime_type: type };
    const [oldest] = this.#files.keys();
    if (this.#files.size >= maxStored && oldest !== undefined) this.#files.delete(oldest);
    this.#files.set(id, { user, attachment, bytes: null });
    const created_at = new Date().toISOString();
    await this.#store.addAttachment({ id, name, mime_type: type, size, created_at }, { user });
    const headers = { 'content-type': type };
    const target = { url: `${endpoint}/files/${id}`, method: 'PUT' as const, headers };
    return { ...attachment, upload_descriptor: target };
  }

  async delete(id: string, context: StoreContext): Promise<void> {
    this.#find(id, context);
    this.#files.delete(id);
    await this.#store.deleteAttachment(id, context);
  }

  async accept(ids: readonly string[], context: StoreContext): Promise<readonly Attachment[]> {
    const files = ids.map((id) => this.#find(id, context));
    if (files.some(({ bytes }) => bytes === null)) {
      throw new RequestError(400, 'A file has not been uploaded.');
    }
    return Promise.resolve(files.map(({ attachment }) => attachment));
  }

  present(attachment: Attachment): Promise<Attachment> {
    const bytes = this.#files.get(attachment.id)?.bytes;
    if (attachment.type === 'file' || !bytes) return Promise.resolve(attachment);
    const url = `data:${attachment.mime_type};base64,${bytes.toString('base64')}`;
    return Promise.resolve({ ...attachment, preview_url: url });
  }

  async read(id: string, context: StoreContext): Promise<Uint8Array> {
    const { bytes } = this.#find(id, context);
    if (bytes === null) throw new NotFoundError(`No file ${id}`);
    return Promise.resolve(bytes);
  }

  /** `PUT` of a file's bytes. Its id, which only the visitor's page has been told, is the credential. */
  receive = (request: FastifyRequest): object => {
    const file = this.#files.get((request.params as { id: string }).id);
    if (file === undefined) throw new OpenAIStyleError(404, 'There is no such file.');
    file.bytes = request.body as Buffer;
    return {};
  };

  #find(id: string, { user }: StoreContext): StoredFile {
    const file = this.#files.get(id);
    if (file?.user !== user) throw new NotFoundError(`No file ${id}`);
    return file;
  }
}
