import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createUpstreamFetch, type UpstreamFetch } from './upstream-fetch.js';

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

const noProxy = { http: undefined, https: undefined, no: undefined };

describe('createUpstreamFetch', () => {
  it('goes through the proxy, but for the hosts that NO_PROXY lists', async () => {
    const origin = await listen(createServer((_request, response) => response.end('{"a":1}')));
    const tunnels: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url ?? '');
      const { hostname, port } = new URL(`http://${request.url ?? ''}`);
      const target = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
    });
    const http = await listen(proxy);

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
});
