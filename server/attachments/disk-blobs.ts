import { createWriteStream } from 'node:fs';
import { link, mkdir, open, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { randomUUID } from 'node:crypto';
import type { AttachmentContext, UploadDescriptor } from '../chatkit/index.js';
import { RequestError } from '../chatkit/index.js';
import { peekBytes, uploadTtlMs, type BlobStore, type FileInfo } from './blobs.js';
import type { SignedUrls } from './signed-urls.js';

const hourMs = 3_600_000;

/** The shape of the ids that the service makes; nothing else becomes a path. */
export const attachmentId = /^atc_[0-9a-f]{20}$/;

const isMissing = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';

/** Null for a file that is not there. */
async function ifThere<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export interface DiskBlobOptions {
  /** Created when the first file comes. */
  readonly folder: string;
  readonly urls: SignedUrls;
  /** URL of the service as pages reach it; without it, URLs follow from that of the request. */
  readonly publicUrl: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Attachments as files of one folder, uploaded to and shown by this service under signed URLs. */
export class DiskBlobs implements BlobStore {
  readonly #options: DiskBlobOptions;

  constructor(options: DiskBlobOptions) {
    this.#options = options;
  }

  uploadTarget(file: FileInfo, context: AttachmentContext): Promise<UploadDescriptor> {
    const { urls, now } = this.#options;
    const query = urls.sign({ action: 'upload', ...file }, now() + uploadTtlMs);
    return Promise.resolve({
      url: `${this.#urlOf(file.id, context)}?${query}`,
      method: 'PUT',
      headers: { 'content-type': file.mimeType },
    });
  }

  previewUrl(
    { id, mimeType }: Omit<FileInfo, 'size'>,
    context: AttachmentContext,
  ): Promise<string> {
    const { urls, now } = this.#options;
    // The same URL within an hour, so that browsers can keep the image.
    const expires = (Math.floor(now() / hourMs) + 2) * hourMs;
    const query = urls.sign({ action: 'preview', id, mimeType, size: 0 }, expires);
    return Promise.resolve(`${this.#urlOf(id, context)}?${query}`);
  }

  write({ id }: FileInfo, bytes: Uint8Array): Promise<void> {
    return this.#put(id, (draft) => writeFile(draft, bytes, { flag: 'wx', mode: 0o600 }));
  }

  /**
   * Stores what a client uploads, which must be of the announced size.
   *
   * @throws {RequestError} 413 when it is larger, 400 when it is smaller or has been uploaded before
   */
  receive({ id, size }: FileInfo, body: Readable): Promise<void> {
    let received = 0;
    async function* counted() {
      // A destroyed request takes its connection with it, and the client would not learn why.
      const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      for await (const chunk of chunks) {
        received += chunk.byteLength;
        if (received > size) throw new RequestError(413, `The file has more than ${size} bytes.`);
        yield chunk;
      }
    }
    return this.#put(id, async (draft) => {
      await pipeline(counted, createWriteStream(draft, { flags: 'wx', mode: 0o600 }));
      if (received !== size) throw new RequestError(400, `The file has not ${size} bytes.`);
    });
  }

  async peek(id: string): Promise<{ size: number; start: Uint8Array } | null> {
    const file = await ifThere(open(this.#pathOf(id)));
    if (file === null) return null;
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(peekBytes), 0, peekBytes, 0);
      return { size, start: buffer.subarray(0, bytesRead) };
    } finally {
      await file.close();
    }
  }

  async read(id: string, maxBytes: number): Promise<Uint8Array | null> {
    const bytes = await ifThere(readFile(this.#pathOf(id)));
    return bytes === null || bytes.byteLength > maxBytes ? null : bytes;
  }

  async delete(id: string): Promise<void> {
    await rm(this.#pathOf(id), { force: true });
  }

  /** A file appears under its name when it is complete, and is never replaced. */
  async #put(id: string, write: (draft: string) => Promise<void>): Promise<void> {
    const path = this.#pathOf(id);
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    const draft = `${path}.${randomUUID()}`;
    try {
      await write(draft);
      await link(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException | null)?.code === 'EEXIST') {
        throw new RequestError(400, 'The file has been uploaded already.');
      }
      throw error;
    } finally {
      await ifThere(unlink(draft));
    }
  }

  #pathOf(id: string): string {
    if (!attachmentId.test(id)) throw new RangeError('no id of an attachment');
    return join(this.#options.folder, id);
  }

  #urlOf(id: string, { endpoint }: AttachmentContext): string {
    const { publicUrl } = this.#options;
    const base = publicUrl === undefined ? endpoint : `${publicUrl}/api/chatkit`;
    // Beside the endpoint, not below it: what pages send there carries their session.
    return new URL(`attachments/${id}`, base).href;
  }
}
