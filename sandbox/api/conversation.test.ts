import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../index.js';
import {
  converse,
  message,
  openSession,
  readEvents,
  testSandbox,
  type StreamedEvent,
} from './test/test-sandbox.js';

async function visitor(sandbox: Sandbox, user = 'ada', asked: object = {}) {
  const { client_secret: secret } = await openSession(sandbox, {
    user,
    rate_limits: { max_requests_per_1_minute: 100 },
    ...asked,
  });
  const ask = (type: string, params: unknown, options = {}) =>
    converse(sandbox, secret, { type, params }, options);
  return {
    ask,
    stream: async (type: string, params: unknown) => readEvents(await ask(type, params)),
    json: async (type: string, params: unknown) =>
      (await (await ask(type, params)).json()) as Record<string, unknown>,
  };
}

const said = (events: readonly StreamedEvent[]): string =>
  events.map(({ update }) => update?.delta ?? '').join('');

const create = (text: string) => ['threads.create', { input: message(text) }] as const;
const threadOf = (events: readonly StreamedEvent[]): string => events[0]?.thread?.id ?? '';

describe('The conversation', () => {
  it('FR-007: a message is answered, event by event', async () => {
    const ada = await visitor(await testSandbox());
    const response = await ada.ask(...create('add water the plants'));
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = await readEvents(response);
    const order = events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
    expect(order).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'thread.item.added',
      'thread.updated',
      'thread.item.updated',
      'thread.item.done',
    ]);
    expect(said(events)).toBe('Added **water the plants**. You have **1** open task.');
    expect(events.at(-1)?.item?.content[0]?.text).toBe(said(events));
  });

  it('A5: takes files where the session has asked for file_upload', async () => {
    const sandbox = await testSandbox();
    const chatkit_configuration = { file_upload: { enabled: true, max_file_size: 1 } };
    const ada = await visitor(sandbox, 'ada', { chatkit_configuration });
    const params = { name: 'a.png', mime_type: 'image/png', size: 3 };
    const { id, upload_descriptor } = (await ada.json('attachments.create', params)) as {
      id: string;
      upload_descriptor: { url: string; method: string; headers: Record<string, string> };
    };
    const { url, ...init } = upload_descriptor;
    const input = { ...message('look'), attachments: [id] };
    expect((await ada.ask('threads.create', { input })).status).toBe(400);
    expect((await fetch(url, { ...init, body: 'abc' })).status).toBe(200);
    const events = await ada.stream('threads.create', { input });
    const { data } = (await ada.json('items.list', { thread_id: threadOf(events) })) as {
      data: readonly { attachments?: unknown }[];
    };
    expect(data.find(({ attachments }) => attachments)).toMatchObject({
      attachments: [{ id, type: 'image', preview_url: 'data:image/png;base64,YWJj' }],
    });
    const large = await ada.json('attachments.create', { ...params, size: 2 ** 20 + 1 });
    expect(large).toMatchObject({
      error: { message: 'Files can have 1 MB at most in this session.' },
    });
    const ben = await visitor(sandbox, 'ben');
    expect(await ben.json('attachments.create', params)).toMatchObject({
      error: {
        message: 'File uploads are disabled for this session.',
        code: 'chatkit.file_upload_disabled',
      },
    });
    await ada.json('attachments.delete', { attachment_id: id });
    expect((await fetch(url, { ...init, body: 'abc' })).status).toBe(404);
  });

  it('keeps each visitor’s tasks and threads apart', async () => {
    const sandbox = await testSandbox();
    const [ada, ben] = [await visitor(sandbox), await visitor(sandbox, 'ben')];
    const thread_id = threadOf(await ada.stream(...create('add feed the cat')));
    expect(said(await ben.stream(...create('list')))).toContain('Your list is empty');
    expect(said(await ada.stream(...create('list')))).toContain('feed the cat');
    for (const [type, params] of [
      ['threads.get_by_id', { thread_id }],
      ['threads.add_user_message', { thread_id, input: message('hi') }],
      ['items.list', { thread_id }],
      ['threads.update', { thread_id, title: 'x' }],
      ['threads.delete', { thread_id }],
      ['items.feedback', { thread_id, item_ids: [], kind: 'positive' }],
    ] as const) {
      expect((await ben.ask(type, params)).status).toBe(404);
    }
  });

  it('lists threads newest first, shows, renames and deletes them', async () => {
    const ada = await visitor(await testSandbox());
    const first = threadOf(await ada.stream(...create('hello')));
    const second = threadOf(await ada.stream(...create('list')));
    const list = async () =>
      ((await ada.json('threads.list', {}))['data'] as { id: string; title: string }[]).map(
        ({ id, title }) => [id, title],
      );
    expect(await list()).toEqual([
      [second, 'list'],
      [first, 'hello'],
    ]);
    await ada.json('threads.update', { thread_id: first, title: 'Greetings' });
    await ada.json('threads.delete', { thread_id: second });
    expect(await list()).toEqual([[first, 'Greetings']]);
    const { items } = (await ada.json('threads.get_by_id', { thread_id: first })) as {
      items: { data: { type: string }[] };
    };
    expect(items.data.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
  });

  it('keeps what was said of an answer that the visitor stops', async () => {
    const sandbox = await testSandbox({ wordDelayMs: 5 });
    const ada = await visitor(sandbox);
    const controller = new AbortController();
    const response = await ada.ask(...create('hello'), { signal: controller.signal });
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('text_delta')) {
      text += new TextDecoder().decode((await reader?.read())?.value);
    }
    controller.abort();
    const thread_id = /"id":"(thr_\w+)"/.exec(text)?.[1];
    const items = async () =>
      (await ada.json('items.list', { thread_id, order: 'asc' }))['data'] as {
        type: string;
        content: { text: string }[];
      }[];
    await expect.poll(async () => (await items()).length).toBe(2);
    const [, answer] = await items();
    expect(answer?.content[0]?.text).toMatch(/^Hello!/);
    expect(answer?.content[0]?.text).not.toContain('Remove');
  });

  it('refuses what is no request with a sentence', async () => {
    const ada = await visitor(await testSandbox());
    for (const [type, params] of [
      ['threads.nonsense', {}],
      ['threads.create', { input: { content: 'hello' } }],
      ['threads.get_by_id', {}],
    ] as const) {
      const response = await ada.ask(type, params);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ message: expect.any(String) as string });
    }
  });

  it.each(['', 'Bearer ek_nonsense', 'Basic YTpi'])(
    'wants a client secret, not “%s”',
    async (header) => {
      const sandbox = await testSandbox();
      const list = { type: 'threads.list', params: {} };
      const response = await converse(sandbox, '', list, { headers: { authorization: header } });
      expect(response.status).toBe(401);
    },
  );
});
