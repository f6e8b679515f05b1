import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3Blobs } from './s3-blobs.js';

const bytes = new TextEncoder().encode('%PDF-1.7 a document');
const file = (id: string) => ({ id, mimeType: 'application/pdf', size: bytes.byteLength });

describe('Attachments in an S3-compatible store', () => {
  let folder: string;
  let server: S3rver;
  let blobs: S3Blobs;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 's3-'));
    server = new S3rver({
      port: 0,
      silent: true,
      directory: folder,
      configureBuckets: [{ name: 'chats', configs: [] }],
    });
    const { port }: AddressInfo = await server.run();
    blobs = new S3Blobs({
      url: `http://127.0.0.1:${port}/chats/files/`,
      region: 'us-east-1',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      fetch: (...args) => fetch(...args),
    });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
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

  // s3rver does not check what a signature of version 4 covers, as S3 does.
  it('A5: type, size and name are signed', async () => {
    const [one, other] = await Promise.all(
      ['atc_2', 'atc_3'].map((id) => blobs.uploadTarget(file(id))),
    );
    const query = new URL(one?.url ?? '').searchParams;
    expect(query.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
    expect(query.get('X-Amz-Expires')).toBe('600');
    expect(query.get('X-Amz-Signature')).not.toBe(
      new URL(other?.url ?? '').searchParams.get('X-Amz-Signature'),
    );
    expect(await blobs.peek('atc_2')).toBeNull();
  });

  it('A5: keeps, reads and deletes files; what is not there is none', async () => {
    await blobs.write(file('atc_4'), bytes);
    expect(await blobs.read('atc_4')).toEqual(bytes);
    await blobs.delete('atc_4');
    await blobs.delete('atc_4');
    expect(await blobs.read('atc_4')).toBeNull();
    expect(await blobs.peek('atc_4')).toBeNull();
  });
});
