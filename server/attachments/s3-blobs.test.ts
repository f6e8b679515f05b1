import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore, NotFoundError } from '../chatkit/index.js';
import { Attachments } from './attachments.js';
import { S3Blobs } from './s3-blobs.js';
import { startCheckingStore, type CheckingStore } from './test/checking-store.js';

const text = '%PDF-1.7 a document';
const bytes = new TextEncoder().encode(text);
const file = (id: string) => ({ id, mimeType: 'application/pdf', size: bytes.byteLength });
const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

let folder: string;
let server: S3rver;
let port: number;
let checking: CheckingStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-'));
  server = new S3rver({
    port: 0,
    silent: true,
    directory: folder,
    configureBuckets: [{ name: 'chats', configs: [] }],
  });
  const address: AddressInfo = await server.run();
  port = address.port;
  checking = await startCheckingStore(port, credentials);
});
afterAll(async () => {
  checking.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const blobsAt = (url: string) =>
  new S3Blobs({
    url: `${url}/chats/files/`,
    region: 'us-east-1',
    ...credentials,
    fetch: (...args) => fetch(...args),
  });

describe('Attachments in an S3-compatible store', () => {
  let blobs: S3Blobs;
  beforeAll(() => {
    blobs = blobsAt(checking.url);
  });

  it('A5: a client uploads and sees a file under pre-signed URLs', async () => {
    const target = await blobs.uploadTarget(file('atc_1'));
    expect(target.method).toBe('PUT');
    expect(target.url).not.toContain('secret');
    const { headers, method } = target;
    const uploaded = await fetch(target.url, { method, headers, body: bytes });
    expect(uploaded.status).toBe(200);
    expect(await blobs.peek('atc_1')).toEqual({ size: bytes.byteLength, start: bytes });
    const shown = await fetch(await blobs.previewUrl(file('atc_1')));
    expect(new Uint8Array(await shown.arrayBuffer())).toEqual(bytes);
    expect(shown.headers.get('content-disposition')).toBe('attachment');
    expect(shown.headers.get('content-type')).toBe('application/pdf');
  });

  it.each([
    ['another type', { 'content-type': 'text/html' }, text, ''],
    ['a larger file', {}, `${text}!`, ''],
    ['a smaller file', {}, text.slice(1), ''],
    ['another name', {}, text, 'atc_9'],
  ])('A5: the signature of an upload does not stand for %s', async (_name, own, body, otherId) => {
    const { url, method, headers } = await blobs.uploadTarget(file('atc_2'));
    const address = otherId === '' ? url : url.replace('atc_2', otherId);
    const refused = await fetch(address, { method, headers: { ...headers, ...own }, body });
    expect(refused.status).toBe(403);
    expect(await blobs.peek('atc_2')).toBeNull();
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('600');
  });

  it('A5: the signature of a preview does not stand for another type', async () => {
    await blobs.write(file('atc_3'), bytes);
    const url = await blobs.previewUrl(file('atc_3'));
    expect((await fetch(url)).status).toBe(200);
    const changed = url.replace('application%2Fpdf', 'text%2Fhtml');
    expect(changed).not.toBe(url);
    expect((await fetch(changed)).status).toBe(403);
    expect((await fetch(url.replace('attachment', 'inline'))).status).toBe(403);
  });

  it('A5: keeps, reads and deletes files; what is not there, or too large, is none', async () => {
    await blobs.write(file('atc_4'), bytes);
    expect(await blobs.read('atc_4', bytes.byteLength)).toEqual(bytes);
    expect(await blobs.read('atc_4', bytes.byteLength - 1)).toBeNull();
    await blobs.delete('atc_4');
    await blobs.delete('atc_4');
    expect(await blobs.read('atc_4', bytes.byteLength)).toBeNull();
    expect(await blobs.peek('atc_4')).toBeNull();
  });
});

describe('A store that takes anything', () => {
  const context = { user: 'ann', endpoint: 'https://chat.example/api/chatkit' };

  async function setup() {
    const attachments = new Attachments({
      store: new MemoryStore(),
      blobs: blobsAt(`http://127.0.0.1:${port}`),
      limits: { maxBytes: 1000, maxCount: 5, types: ['application/pdf'], storedMaxBytes: 1e6 },
      now: Date.now,
      onError: (error) => expect.fail(String(error)),
    });
    const { id, upload_descriptor: target } = await attachments.create(
      { name: 'a.pdf', mime_type: 'application/pdf', size: bytes.byteLength },
      context,
    );
    const upload = async (body: string, type = 'application/pdf') => {
      const headers = { 'content-type': type };
      const response = await fetch(target?.url ?? '', { method: 'PUT', headers, body });
      expect(response.status).toBe(200);
    };
    return { attachments, id, upload };
  }

  it.each([
    ['larger', `${text}!`],
    ['smaller', text.slice(0, -1)],
    ['of another type', text.replace('%PDF', '<htm')],
  ])('A5: a message with a file that is %s than announced is refused', async (_name, body) => {
    const { attachments, id, upload } = await setup();
    await upload(body, 'text/html');
    await expect(attachments.accept([id], context)).rejects.toMatchObject({ status: 400 });
    await expect(attachments.read(id, context)).rejects.toThrow(NotFoundError);
  });

  it.each([
    ['larger', text.repeat(1000)],
    ['of another type', text.replace('%PDF', '<htm')],
  ])('A5: the model does not get a file that was replaced by one that is %s', async (_n, body) => {
    const { attachments, id, upload } = await setup();
    await upload(text);
    await attachments.accept([id], context);
    expect(await attachments.read(id, context)).toEqual(bytes);
    await upload(body);
    await expect(attachments.read(id, context)).rejects.toThrow(NotFoundError);
  });
});
