import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config.js';
import { MemoryStore, type Attachment, type Responder } from '../chatkit/index.js';
import { taskpilotChat } from '../plugin.js';
import { formOf, inputOf, pathOf, png, Visitor } from './test/visitor.js';

const heard: Uint8Array[] = [];
const responder: Responder = {
  async *respond(thread, message, { attachments, user, newId, now }) {
    for (const { id } of message?.attachments ?? []) {
      const bytes = await attachments?.read(id, { user });
      if (bytes !== undefined) heard.push(bytes);
    }
    yield {
      type: 'thread.item.done',
      item: {
        type: 'assistant_message',
        id: newId('message'),
        thread_id: thread.id,
        created_at: now(),
        content: [{ type: 'output_text', text: 'Seen.', annotations: [] }],
      },
    };
  },
};

describe('Attachments on disk', () => {
  let folder: string;
  let app: FastifyInstance;
  let time: number;
  const files = () => readdir(join(folder, 'attachments')).catch((): string[] => []);

  async function start(env: Record<string, string> = {}): Promise<void> {
    app = Fastify();
    const config = readConfig({
      CHATKIT_BACKENDS: 'self-hosted',
      DATA_DIR: folder,
      ATTACHMENTS: 'disk',
      ATTACHMENT_MAX_COUNT: '2',
      LOG_LEVEL: 'silent',
      ...env,
    });
    await app.register(taskpilotChat, {
      config,
      responder,
      store: new MemoryStore(),
      now: () => time,
    });
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attachments-'));
    time = Date.now();
    heard.length = 0;
    await start();
  });
  afterEach(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  const visitor = () => Visitor.come(app);

  it('A5: a picture is uploaded in two phases, sent, given to the responder, and shown after a reload', async () => {
    const who = await visitor();
    expect(who.offers).toEqual(['attachments']);
    const attachment = await who.create({ name: '../../C:\\pics\\cat.png' });
    expect(attachment).toMatchObject({ type: 'image', name: 'cat.png', mime_type: 'image/png' });
    const uploaded = await who.upload(attachment);
    expect(uploaded.statusCode).toBe(200);
    expect(uploaded.headers['access-control-allow-origin']).toBe('https://cdn.platform.openai.com');

    const sent = await who.ask('threads.create', { input: inputOf([attachment.id]) });
    expect(heard.map((bytes) => Buffer.from(bytes))).toEqual([png]);
    const threadId = /"id":"(thr_\w+)"/.exec(sent.body)?.[1] ?? '';
    const listed = await who.ask('items.list', { thread_id: threadId, order: 'asc' });
    const [item] = listed.json<{ data: { attachments: Attachment[] }[] }>().data;
    const [shown] = item?.attachments ?? [];
    expect(shown).toMatchObject({ id: attachment.id, thread_id: threadId });
    expect(shown).not.toHaveProperty('upload_descriptor');
    const preview = await app.inject(
      pathOf(shown?.type === 'image' ? shown.preview_url : undefined),
    );
    expect(preview.rawPayload).toEqual(png);
    expect(preview.headers).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': 'attachment',
      'cross-origin-resource-policy': 'cross-origin',
    });
  });

  it.each(['PUT', 'POST'] as const)(
    'A5: takes the file as a form, too, of the announced size alone: %s',
    async (method) => {
      const who = await visitor();
      const { id, upload_descriptor: target } = await who.create();
      const send = async (bytes: Buffer) => {
        const { contentType, payload } = await formOf(bytes);
        const { pathname, search } = new URL(target?.url ?? '');
        const headers = { 'content-type': contentType };
        return app.inject({ method, url: pathname + search, headers, payload });
      };
      expect((await send(Buffer.concat([png, png]))).statusCode).toBe(413);
      expect((await send(png.subarray(1))).statusCode).toBe(400);
      expect(await files()).toEqual([]);
      expect((await send(png)).statusCode).toBe(200);
      expect(await files()).toEqual([id]);
    },
  );

  it('A5: pages of every origin may ask whether they may upload', async () => {
    const { upload_descriptor: target } = await (await visitor()).create();
    const response = await app.inject({
      method: 'OPTIONS',
      url: pathOf(target?.url),
      headers: {
        origin: 'https://cdn.platform.openai.com',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(response.headers['access-control-allow-methods']).toContain('PUT');
    expect(response.headers['access-control-allow-headers']).toContain('content-type');
  });

  it('A5: a direct upload makes the attachment at once', async () => {
    const { authorization } = await visitor();
    const { contentType, payload } = await formOf(png);
    const response = await app.inject({
      method: 'POST',
      url: '/api/chatkit/attachments',
      headers: { authorization, 'content-type': contentType },
      payload,
    });
    expect(response.json()).toMatchObject({ type: 'image', name: 'cat.png' });
    expect(response.json()).not.toHaveProperty('upload_descriptor');
    expect(await files()).toHaveLength(1);
    const anonymous = await app.inject({
      method: 'POST',
      url: '/api/chatkit/attachments',
      headers: { 'content-type': contentType },
      payload: '',
    });
    expect(anonymous.statusCode).toBe(401);
  });

  it('A5: another user can neither send, nor delete, nor see an attachment', async () => {
    const [ann, bob] = [await visitor(), await visitor()];
    const attachment = await ann.create();
    await ann.upload(attachment);
    const sent = await bob.ask('threads.create', { input: inputOf([attachment.id]) });
    expect(sent.statusCode).toBe(404);
    const deleted = await bob.ask('attachments.delete', { attachment_id: attachment.id });
    expect(deleted.statusCode).toBe(404);
    const preview = pathOf(attachment.type === 'image' ? attachment.preview_url : undefined);
    const other = (await bob.create()).id;
    expect((await app.inject(preview.replace(attachment.id, other))).statusCode).toBe(404);
    expect((await app.inject(preview.replace('image%2Fpng', 'text%2Fhtml'))).statusCode).toBe(404);
    expect(await files()).toHaveLength(1);
  });

  it.each([
    ['html', 'text/html'],
    ['svg', 'image/svg+xml'],
    ['a program', 'application/x-msdownload'],
    ['no type', ''],
  ])('A5: refuses %s', async (_name, mime) => {
    const who = await visitor();
    const response = await who.ask('attachments.create', { name: 'x', mime_type: mime, size: 10 });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'bad_request' });
  });

  it('A5: refuses a message whose file is missing, or is not what it is said to be', async () => {
    const who = await visitor();
    const missing = await who.create();
    const first = await who.ask('threads.create', { input: inputOf([missing.id]) });
    expect(first.json()).toMatchObject({ code: 'bad_request' });
    const html = Buffer.from('<script>alert(1)</script>');
    const fake = await who.create({ size: html.byteLength });
    expect((await who.upload(fake, html)).statusCode).toBe(200);
    const second = await who.ask('threads.create', { input: inputOf([fake.id]) });
    expect(second.statusCode).toBe(400);
    expect(await files()).toEqual([]);
  });

  it('A5: takes an upload of the announced size alone, and once', async () => {
    const who = await visitor();
    const larger = await who.create({ size: 10 });
    expect((await who.upload(larger)).statusCode).toBe(413);
    const smaller = await who.create({ size: 1000 });
    expect((await who.upload(smaller)).statusCode).toBe(400);
    expect(await files()).toEqual([]);
    const right = await who.create();
    expect((await who.upload(right)).statusCode).toBe(200);
    expect((await who.upload(right)).statusCode).toBeGreaterThanOrEqual(400);
    const late = await who.create();
    time += 11 * 60_000;
    expect((await who.upload(late)).statusCode).toBe(404);
  });

  it('A5: bounds the size of a file, the files of a message, and what a user has stored', async () => {
    await app.close();
    await start({ STORED_MB_PER_USER: '1', ATTACHMENT_MAX_MB: '1' });
    const who = await visitor();
    const params = { name: 'x.png', mime_type: 'image/png' };
    const huge = await who.ask('attachments.create', { ...params, size: 2 ** 21 });
    expect(huge.json()).toMatchObject({ code: 'payload_too_large' });
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.push((await who.create()).id);
    const many = await who.ask('threads.create', { input: inputOf(ids) });
    expect(many.json()).toMatchObject({ code: 'bad_request' });
    await who.create({ size: 2 ** 20 - 1000 });
    const full = await who.ask('attachments.create', { ...params, size: 2000 });
    expect(full.json()).toMatchObject({ code: 'storage_quota_exceeded' });
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['a\u0007b\u202ecod.exe', 'abcod.exe'],
    ['x\ud83d y', 'x\ufffd y'],
    ['👩‍🚀'.repeat(200), /^(?:👩‍🚀)+(?:👩\u200d?)?$/u],
    ['', 'file'],
  ])('A5: a name is kept as it can be shown: %#', async (name, shown) => {
    const attachment = await (await visitor()).create({ name });
    expect(attachment.name).toMatch(typeof shown === 'string' ? new RegExp(`^${shown}$`) : shown);
  });

  it('A5: a name of a file never becomes a path', async () => {
    for (const path of ['..%2f..%2fetc%2fpasswd', 'atc_0', '%00']) {
      expect((await app.inject(`/api/attachments/${path}?type=image/png`)).statusCode).not.toBe(
        200,
      );
    }
  });

  it('A5: the bytes go with their attachment, with their thread, and when no message brings them', async () => {
    const who = await visitor();
    const sent = await who.sendPicture();
    await who.ask('threads.delete', { thread_id: sent.threadId });
    await expect.poll(files).toEqual([]);
    const other = await who.create();
    await who.upload(other);
    await who.ask('attachments.delete', { attachment_id: other.id });
    expect(await files()).toEqual([]);
    const unsent = await who.create();
    await who.upload(unsent);
    expect(await files()).toEqual([unsent.id]);
    time += 25 * 3_600_000;
    await app.close();
    expect(await files()).toEqual([]);
  });

  it('A5: an attachment alone is a message; neither text nor attachment is none', async () => {
    const who = await visitor();
    const attachment = await who.create();
    await who.upload(attachment);
    const empty = await who.ask('threads.create', { input: inputOf([], ' ') });
    expect(empty.statusCode).toBe(400);
    const alone = { ...inputOf([attachment.id]), content: [] };
    expect((await who.ask('threads.create', { input: alone })).statusCode).toBe(200);
  });

  it('A5: switched off, attachments and dictation are refused and not offered', async () => {
    await app.close();
    await start({ ATTACHMENTS: 'off' });
    const who = await visitor();
    expect(who.offers).toBeUndefined();
    for (const [type, params] of [
      ['attachments.create', { name: 'x', mime_type: 'image/png', size: 1 }],
      ['input.transcribe', { audio_base64: 'AAAA', mime_type: 'audio/webm' }],
      ['threads.create', { input: inputOf(['atc_1']) }],
    ] as const) {
      expect((await who.ask(type, params)).json()).toMatchObject({
        status: 400,
        code: 'bad_request',
      });
    }
  });
});
