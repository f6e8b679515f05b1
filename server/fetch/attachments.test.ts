import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputOf, png } from '../attachments/test/visitor.js';
import type { Attachment, AttachmentContext } from '../chatkit/index.js';
import { TestResponder } from '../chatkit/test/harness.js';
import { ConfigError } from '../config.js';
import { createHandler, type HandlerConfig } from './index.js';

const base = {
  NODE_ENV: 'test',
  SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
  LOG_LEVEL: 'silent',
  CHATKIT_BACKENDS: 'self-hosted',
  CHATKIT_DOMAIN_KEY: 'domain_pk_test',
} as const;
const origin = 'https://chat.example.com';
const params = { name: 'cat.png', mime_type: 'image/png', size: png.byteLength };

/** A visitor of a handler's chat. */
async function visitor(config: HandlerConfig) {
  const handler = createHandler({ ...base, responder: new TestResponder(), ...config });
  const post = (path: string, body: object, headers = {}) =>
    handler(
      new Request(origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    );
  const session = await post('/api/chatkit/sessions', {});
  const answer = (await session.json()) as { client_secret: string; offers?: string[] };
  return {
    offers: answer.offers,
    ask: (type: string, given: object) =>
      post(
        '/api/chatkit',
        { type, params: given },
        { authorization: `Bearer ${answer.client_secret}` },
      ),
  };
}

describe('Attachments of a fetch handler', () => {
  let folder: string;
  let store: S3rver;
  let url: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 's3-'));
    const configureBuckets = [{ name: 'chats', configs: [] }] as const;
    store = new S3rver({ port: 0, silent: true, directory: folder, configureBuckets });
    url = `http://127.0.0.1:${(await store.run()).port}/chats`;
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  it('A5: are kept in an S3-compatible store that the variables name', async () => {
    const { ask, offers } = await visitor({
      ATTACHMENTS: 's3',
      ATTACHMENT_S3_URL: url,
      ATTACHMENT_S3_ACCESS_KEY_ID: 'S3RVER',
      ATTACHMENT_S3_SECRET_ACCESS_KEY: 'S3RVER',
    });
    expect(offers).toEqual(['attachments']);
    const created = (await (await ask('attachments.create', params)).json()) as Attachment;
    const { url: target = '', method = '', headers = {} } = created.upload_descriptor ?? {};
    const body = new Uint8Array(png);
    expect((await fetch(target, { method, headers, body })).status).toBe(200);
    const sent = await ask('threads.create', { input: inputOf([created.id]) });
    expect(await sent.text()).toContain(`"preview_url":"${url}/${created.id}`);
  });

  it('A5: are the application’s own where it gives a store, which is told how the page has called', async () => {
    const contexts: AttachmentContext[] = [];
    const { ask, offers } = await visitor({
      attachments: {
        create: ({ name, mime_type }, context) => {
          contexts.push(context);
          return Promise.resolve({ type: 'file', id: 'atc_1', name, mime_type });
        },
        delete: () => Promise.resolve(),
        accept: () => Promise.resolve([]),
        present: (attachment) => Promise.resolve(attachment),
        read: () => Promise.resolve(new Uint8Array()),
      },
    });
    expect(offers).toEqual(['attachments']);
    const created = await ask('attachments.create', params);
    expect(await created.json()).toMatchObject({ id: 'atc_1' });
    expect(contexts).toMatchObject([{ endpoint: `${origin}/api/chatkit` }]);
  });

  it('A5: need another place than a disk, and are refused without one', async () => {
    expect(() => createHandler({ ...base, ATTACHMENTS: 'disk' })).toThrow(ConfigError);
    expect(() => createHandler({ ...base, ATTACHMENTS: 'disk' })).toThrow(/takes s3 or off here/);
    const { ask, offers } = await visitor({});
    expect(offers).toBeUndefined();
    expect((await ask('attachments.create', params)).status).toBe(400);
  });
});
