import { AwsClient } from 'aws4fetch';
import type { UploadDescriptor } from '../chatkit/index.js';
import { peekBytes, previewHeaders, uploadTtlMs, type BlobStore, type FileInfo } from './blobs.js';

export interface S3BlobOptions {
  /** The bucket, with a prefix if wanted: `https://s3.eu-central-1.amazonaws.com/bucket/chat`. */
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
}

/** Longest wait for the store, in milliseconds. */
const timeoutMs = 30_000;
const previewSeconds = 3600;

/** Attachments as objects of an S3-compatible store, which clients reach under pre-signed URLs. */
export class S3Blobs implements BlobStore {
  readonly #options: S3BlobOptions;
  readonly #client: AwsClient;

  constructor(options: S3BlobOptions) {
    this.#options = options;
    const { accessKeyId, secretAccessKey, region } = options;
    this.#client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
      retries: 0,
    });
  }

  /** Type and size are signed, so that the store takes no other file. */
  async uploadTarget({ id, mimeType, size }: FileInfo): Promise<UploadDescriptor> {
    const url = this.#urlOf(id);
    url.searchParams.set('X-Amz-Expires', String(uploadTtlMs / 1000));
    const headers = { 'content-type': mimeType };
    const signed = await this.#client.sign(url.href, {
      method: 'PUT',
      headers: { ...headers, 'content-length': String(size) },
      aws: { signQuery: true, allHeaders: true },
    });
    return { url: signed.url, method: 'PUT', headers };
  }

  async previewUrl({ id, mimeType }: Omit<FileInfo, 'size'>): Promise<string> {
    const url = this.#urlOf(id);
    url.searchParams.set('X-Amz-Expires', String(previewSeconds));
    url.searchParams.set('response-content-type', mimeType);
    url.searchParams.set('response-content-disposition', previewHeaders['content-disposition']);
    const signed = await this.#client.sign(url.href, { method: 'GET', aws: { signQuery: true } });
    return signed.url;
  }

  async write({ id, mimeType }: FileInfo, bytes: Uint8Array): Promise<void> {
    const body = new Uint8Array(bytes);
    const response = await this.#send(id, {
      method: 'PUT',
      headers: { 'content-type': mimeType },
      body,
    });
    await expectOk(response);
  }

  async peek(id: string): Promise<{ size: number; start: Uint8Array } | null> {
    const response = await this.#send(id, {
      headers: { range: `bytes=0-${peekBytes - 1}` },
    });
    if (response.status === 404) {
      await response.body?.cancel();
      return null;
    }
    await assertOk(response);
    const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
    const size = Number(total ?? response.headers.get('content-length'));
    const start = new Uint8Array(await response.arrayBuffer());
    return { size, start: start.subarray(0, peekBytes) };
  }

  async read(id: string, maxBytes: number): Promise<Uint8Array | null> {
    const response = await this.#send(id, {});
    const isTooLarge = Number(response.headers.get('content-length')) > maxBytes;
    if (response.status === 404 || (response.ok && isTooLarge)) {
      await response.body?.cancel();
      return null;
    }
    await assertOk(response);
    return new Uint8Array(await response.arrayBuffer());
  }

  async delete(id: string): Promise<void> {
    const response = await this.#send(id, { method: 'DELETE' });
    if (response.status === 404) await response.body?.cancel();
    else await expectOk(response);
  }

  async #send(id: string, init: RequestInit): Promise<Response> {
    const signed = await this.#client.sign(this.#urlOf(id).href, init);
    return this.#options.fetch(signed.url, {
      ...init,
      headers: signed.headers,
      signal: AbortSignal.timeout(timeoutMs),
    });
  }

  #urlOf(id: string): URL {
    return new URL(`${this.#options.url.replace(/\/+$/, '')}/${encodeURIComponent(id)}`);
  }
}

async function assertOk(response: Response): Promise<void> {
  if (response.ok) return;
  await response.body?.cancel();
  throw new Error(`The store of attachments answered ${response.status}.`);
}

async function expectOk(response: Response): Promise<void> {
  await assertOk(response);
  await response.body?.cancel();
}
