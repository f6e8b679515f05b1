import { describe, expect, it } from 'vitest';
import { FetchRelay, type FileUpload } from '../page/fetch-relay.js';
import { openStream } from './test/scripted.js';
import { PageTransport } from './transports.js';

const url = 'https://chat.example.com/api/chatkit';

/** Frame and page without anything between them. */
function setup(fetch: typeof globalThis.fetch) {
  const api = { url, domainKey: 'domain_pk_1', fetch };
  const relay = new FetchRelay({
    api: () => api,
    notify: (name, detail) => void transport.take(name, detail),
  });
  const transport: PageTransport = new PageTransport({
    call: (_name, id, asked) => relay.start(id as string, asked as string | FileUpload),
    notify: (_name, id) => relay.abort(id as string),
  });
  return { transport, relay };
}

const signal = new AbortController().signal;

describe('A request to a self-hosted server', () => {
  it('is made by the page’s own fetch, and its body comes through as it streams', async () => {
    const stream = openStream();
    const asked: { input: unknown; init: RequestInit | undefined }[] = [];
    const { transport } = setup((input, init) => {
      asked.push({ input, init });
      return Promise.resolve(stream.response);
    });
    const response = await transport.post('{"type":"x"}', signal);
    expect(asked[0]).toMatchObject({ input: url, init: { method: 'POST', body: '{"type":"x"}' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body?.getReader();
    stream.send({ a: 1 });
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toBe('data: {"a":1}\n\n');
    stream.end();
    expect((await reader?.read())?.done).toBe(true);
  });

  it('A5: may be an upload, to wherever the server has said', async () => {
    const asked: { input: unknown; init: RequestInit | undefined }[] = [];
    const { transport } = setup((input, init) => {
      asked.push({ input, init });
      return Promise.resolve(Response.json({}));
    });
    const file = new File(['abc'], 'a.txt');
    const target = { url: 'https://files.example/a', method: 'PUT', headers: {} } as const;
    const response = await transport.upload({ ...target, file }, signal);
    expect(await response.json()).toEqual({});
    expect(asked[0]).toMatchObject({ input: target.url, init: { method: 'PUT', body: file } });
  });

  it('keeps its status, also one without a body', async () => {
    const { transport } = setup((_, init) =>
      Promise.resolve(
        init?.body === '204'
          ? new Response(null, { status: 204 })
          : Response.json({ message: 'no' }, { status: 403 }),
      ),
    );
    const refused = await transport.post('{}', signal);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({ message: 'no' });
    expect((await transport.post('204', signal)).status).toBe(204);
  });

  it('fails when the page’s fetch fails', async () => {
    const { transport } = setup(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(transport.post('{}', signal)).rejects.toThrow('Failed to fetch');
  });

  it('fails in the middle when the connection is cut', async () => {
    const stream = openStream();
    const { transport } = setup(() => Promise.resolve(stream.response));
    const response = await transport.post('{}', signal);
    stream.cut();
    await expect(response.text()).rejects.toThrow('network error');
  });

  it('ends in the page too when the frame stops it', async () => {
    const stream = openStream();
    let inPage: AbortSignal | null | undefined;
    const { transport } = setup((_, init) => {
      inPage = init?.signal;
      return Promise.resolve(stream.response);
    });
    const controller = new AbortController();
    const response = await transport.post('{}', controller.signal);
    controller.abort(new Error('stopped'));
    await expect(response.text()).rejects.toThrow('stopped');
    expect(inPage?.aborted).toBe(true);
  });

  it('ends in the page too when nobody reads on', async () => {
    let inPage: AbortSignal | null | undefined;
    const { transport } = setup((_, init) => {
      inPage = init?.signal;
      return Promise.resolve(openStream().response);
    });
    const response = await transport.post('{}', signal);
    await response.body?.cancel();
    expect(inPage?.aborted).toBe(true);
  });

  it('ends with the element', async () => {
    let inPage: AbortSignal | null | undefined;
    const { transport, relay } = setup((_, init) => {
      inPage = init?.signal;
      return new Promise(() => undefined);
    });
    void transport.post('{}', signal);
    relay.close();
    await expect.poll(() => inPage?.aborted).toBe(true);
  });
});
