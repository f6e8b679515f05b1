import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startFakeModel } from '../agent/test/fake-model.js';
import { createModuleFolder } from '../agent/test/module-folder.js';
import { MemoryStore } from '../chatkit/index.js';
import { create } from '../chatkit/test/harness.js';
import { ok } from '../test/fake-openai.js';
import { eventually, useHarness, type TestService } from '../test/harness.js';
import { audience, issuer, startKeyServer } from '../test/tokens.js';
import { createStreamingFetch, createUpstreamFetch, type UpstreamFetch } from './upstream-fetch.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(...args: Parameters<typeof createUpstreamFetch>): UpstreamFetch {
  const upstream = createUpstreamFetch(...args);
  closers.push(upstream.close);
  return upstream;
}

/** A proxy that notes where its tunnels lead; those to other machines are refused. */
async function startProxy(): Promise<{ url: string; tunnels: string[] }> {
  const tunnels: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    if (hostname !== '127.0.0.1') {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const target = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target])
      end.on('error', () => [socket, target].map((s) => s.destroy()));
  });
  return { url: await listen(proxy), tunnels };
}

const noProxy = { http: undefined, https: undefined, no: undefined };

describe('createUpstreamFetch', () => {
  it('goes through the proxy, but for the hosts that NO_PROXY lists', async () => {
    const origin = await listen(createServer((_request, response) => response.end('{"a":1}')));
    const { url: http, tunnels } = await startProxy();

    const proxied = open(1000, { ...noProxy, http });
    expect(await (await proxied.fetch(`${origin}/v1`)).json()).toEqual({ a: 1 });
    expect(tunnels).toEqual([new URL(origin).host]);

    const direct = open(1000, { ...noProxy, http, no: '127.0.0.1' });
    expect(await (await direct.fetch(`${origin}/v1`)).json()).toEqual({ a: 1 });
    expect(tunnels).toHaveLength(1);
  });

  it('reads an answer that is too long as no JSON', async () => {
    const origin = await listen(
      createServer((_request, response) => response.end(JSON.stringify('x'.repeat(300_000)))),
    );
    const response = await open(1000, noProxy).fetch(`${origin}/v1`);
    await expect(response.json()).rejects.toThrow(SyntaxError);
  });

  it('hears the signal of a request that waits for its answer, or for a free connection', async () => {
    let asked = 0;
    const origin = await listen(createServer(() => (asked += 1)));
    const { fetch } = open(1000, noProxy);
    const callers = Array.from({ length: 130 }, () => new AbortController());
    const calls = callers.map(({ signal }) => fetch(`${origin}/v1`, { signal }));
    await eventually(() => expect(asked).toBe(128));
    for (const caller of callers) caller.abort(new Error('gone'));
    const results = await Promise.allSettled(calls);
    expect(results.map((result) => result.status === 'rejected' && String(result.reason))).toEqual(
      Array(130).fill('Error: gone'),
    );
    await expect(fetch(`${origin}/v1`, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(asked).toBe(128);
  });
});

const harness = useHarness();

/** The answer of a new self-hosted chat. */
async function say(service: TestService, text: string): Promise<string> {
  const { client_secret: token } = (await service.open()).json<{ client_secret: string }>();
  const answer = await service.inject({
    method: 'POST',
    url: '/api/chatkit',
    headers: { authorization: `Bearer ${token}` },
    payload: create(text),
  });
  return answer.payload;
}

describe('createStreamingFetch', () => {
  it('sends the forms in which OpenAI’s SDK uploads files', async () => {
    const url = await listen(
      createServer((request, response) => {
        response.setHeader('content-type', request.headers['content-type'] ?? '');
        request.pipe(response);
      }),
    );
    const upstream = createStreamingFetch(1000, noProxy);
    closers.push(upstream.close);
    const form = new FormData();
    form.set('model', 'a-model');
    form.set('file', new File(['sound'], 'speech.webm', { type: 'audio/webm' }));
    const response = await upstream.fetch(url, { method: 'POST', body: form });
    expect(response.headers.get('content-type')).toMatch(/^multipart\/form-data; boundary=/);
    const sent = await response.text();
    expect(sent).toContain('name="model"\r\n\r\na-model');
    expect(sent).toContain('filename="speech.webm"\r\nContent-Type: audio/webm\r\n\r\nsound');
  });
});

describe('S16: the agent of self-hosted chats', () => {
  async function start(env: Readonly<Record<string, string>>) {
    const model = await startFakeModel();
    closers.push(() => model.close());
    const service = await harness.service(
      { CHATKIT_BACKENDS: 'self-hosted', OPENAI_BASE_URL: model.baseUrl, ...env },
      { store: new MemoryStore() },
    );
    return { service, model, host: new URL(model.baseUrl).host };
  }

  it('S16: reaches its model and its titles through the proxy', async () => {
    const { url, tunnels } = await startProxy();
    const { service, model, host } = await start({ HTTP_PROXY: url });
    expect(await say(service, 'Hi')).toContain('Hello.');
    expect([model.requests.length, model.titles.length]).toEqual([1, 1]);
    expect(new Set(tunnels)).toEqual(new Set([host]));
  });

  it('S16: reaches it through the proxy from an exported workflow', async () => {
    const folder = await createModuleFolder();
    closers.push(() => folder.remove());
    const name = await folder.compile('agent-builder-export.ts', 'export.mjs');
    const { url, tunnels } = await startProxy();
    const { service, host } = await start({
      HTTP_PROXY: url,
      AGENT_MODULE: join(folder.path, name),
    });
    expect(await say(service, 'Hi')).toContain('Hello.');
    expect(new Set(tunnels)).toEqual(new Set([host]));
  });

  it('S16: reaches the hosts of NO_PROXY directly', async () => {
    const { url, tunnels } = await startProxy();
    const { service, model } = await start({ HTTP_PROXY: url, NO_PROXY: 'localhost,127.0.0.1' });
    expect(await say(service, 'Hi')).toContain('Hello.');
    expect(model.requests).toHaveLength(1);
    expect(tunnels).toEqual([]);
  });
});

it.each(['hosted', 'self-hosted'])(
  'S16: with HTTPS_PROXY, the %s backend asks for a tunnel to OpenAI',
  async (backend) => {
    const { url, tunnels } = await startProxy();
    const service = await harness.service(
      {
        CHATKIT_BACKENDS: backend,
        HTTPS_PROXY: url,
        OPENAI_BASE_URL: 'https://openai.invalid/v1',
        SHUTDOWN_TIMEOUT_SECONDS: '0',
      },
      { store: new MemoryStore() },
    );
    const asked = backend === 'hosted' ? service.open() : say(service, 'Hi');
    await eventually(() => expect(tunnels).toContain('openai.invalid:443'));
    await Promise.all([service.app.close(), asked]);
  },
);

it('S16: AUTH_JWKS_URL is fetched through the proxy, too', async () => {
  const keys = await startKeyServer();
  closers.push(keys.close);
  const { url, tunnels } = await startProxy();
  const upstream = await harness.openAI();
  upstream.behave(ok());
  const openThrough = async (proxy: Readonly<Record<string, string>>) => {
    const env = { AUTH: 'jwt', AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience };
    const service = await harness.service(
      { ...env, AUTH_JWKS_URL: keys.url, ...proxy },
      { upstream },
    );
    const { statusCode } = await service.open({ authorization: `Bearer ${await keys.sign()}` });
    expect(statusCode).toBe(200);
  };
  await openThrough({ HTTP_PROXY: url });
  expect(tunnels).toContain(new URL(keys.url).host);
  tunnels.length = 0;
  await openThrough({ HTTP_PROXY: url, NO_PROXY: '127.0.0.1' });
  expect(tunnels).toEqual([]);
});
