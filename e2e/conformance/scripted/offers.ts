import type { FastifyInstance } from 'fastify';
import {
  newId,
  RequestError,
  type Attachment,
  type AttachmentContext,
  type AttachmentRecord,
  type AttachmentStore,
  type ParamsOf,
  type Store,
  type StoreContext,
  type Transcriber,
} from '@taskpilot-chat/server/chatkit';
import { userHeader } from '../run.js';

interface File {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

/** Attachments whose bytes are in memory. */
export class MemoryAttachments implements AttachmentStore {
  readonly #store: Store;
  readonly #bytes = new Map<string, Uint8Array>();

  constructor(store: Store) {
    this.#store = store;
  }

  async create(
    { name, mime_type: mimeType, size }: ParamsOf<'attachments.create'>,
    context: AttachmentContext,
  ): Promise<Attachment> {
    const record = await this.#register(name, mimeType, size, context);
    const url = new URL(`files/${record.id}`, `${context.endpoint}/`).href;
    const target = { url, method: 'POST', headers: { 'content-type': mimeType } } as const;
    return { ...(await this.present(toAttachment(record), context)), upload_descriptor: target };
  }

  /** A direct upload. */
  async add({ name, mimeType, bytes }: File, context: AttachmentContext): Promise<Attachment> {
    const record = await this.#register(name, mimeType, bytes.byteLength, context);
    this.#bytes.set(record.id, bytes);
    const shown = { ...(await this.present(toAttachment(record), context)) };
    delete shown.metadata;
    return shown;
  }

  /** The upload of the second phase. */
  receive(id: string, bytes: Uint8Array): void {
    this.#bytes.set(id, bytes);
  }

  async delete(id: string, context: StoreContext): Promise<void> {
    await this.#store.deleteAttachment(id, context);
    this.#bytes.delete(id);
  }

  async accept(ids: readonly string[], context: StoreContext): Promise<readonly Attachment[]> {
    const accepted: Attachment[] = [];
    for (const id of ids) {
      const record = await this.#store.loadAttachment(id, context);
      if (!this.#bytes.has(id)) throw new RequestError(400, `${id} has not been uploaded.`);
      accepted.push(toAttachment(record));
    }
    return accepted;
  }

  present(attachment: Attachment, { endpoint }: AttachmentContext): Promise<Attachment> {
    if (attachment.type === 'file') return Promise.resolve(attachment);
    const url = new URL(`/previews/${attachment.id}`, endpoint).href;
    return Promise.resolve({ ...attachment, preview_url: url });
  }

  async read(id: string, context: StoreContext): Promise<Uint8Array> {
    await this.#store.loadAttachment(id, context);
    return this.#bytes.get(id) ?? new Uint8Array();
  }

  async #register(
    name: string,
    mimeType: string,
    size: number,
    context: StoreContext,
  ): Promise<AttachmentRecord> {
    const record = {
      id: newId('attachment'),
      name,
      mime_type: mimeType,
      size,
      created_at: new Date().toISOString(),
    };
    await this.#store.addAttachment(record, context);
    return record;
  }
}

const toAttachment = ({ id, name, mime_type: mimeType }: AttachmentRecord): Attachment => ({
  type: mimeType.startsWith('image/') ? 'image' : 'file',
  id,
  name,
  mime_type: mimeType,
  metadata: { of: 'the application' },
});

/** Where files are sent: to the URL that `attachments.create` gave, or at once, as `file` of a form. */
export function fileRoutes(app: FastifyInstance, files: MemoryAttachments, path: string): void {
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post<{ Params: { id: string }; Body: Buffer }>(`${path}/files/:id`, (request) => {
    files.receive(request.params.id, request.body);
    return {};
  });
  app.post<{ Body: Buffer }>(`${path}/attachments`, async (request) => {
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const file = (await new Response(new Uint8Array(request.body), { headers }).formData()).get(
      'file',
    );
    if (!(file instanceof Blob)) throw new Error('The form has no file.');
    const bytes = new Uint8Array(await file.arrayBuffer());
    return files.add(
      { name: file.name, mimeType: file.type, bytes },
      { user: String(request.headers[userHeader]), endpoint: `http://${request.host}${path}` },
    );
  });
}

export const transcriber: Transcriber = {
  maxBytes: 1000,
  transcribe: ({ data, mediaType }) => Promise.resolve(`${data.byteLength} bytes of ${mediaType}`),
};
