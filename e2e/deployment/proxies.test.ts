import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCutting, startService } from './chat.js';
import { freePort } from '../support/servers.js';
import { adapt, startCaddy, startNginx } from './proxy.js';

const endpoint = '/api/chatkit/sessions';
const certificates = (host: string) => ({
  [`  ssl_certificate /etc/ssl/${host}.pem;\n`]: '',
  [`  ssl_certificate_key /etc/ssl/${host}.key;\n`]: '',
});

/** nginx with `deploy/nginx/taskpilot-chat.conf`, without TLS. */
async function startExample(...instances: readonly string[]): Promise<number> {
  const port = await freePort();
  const servers = await adapt('nginx/taskpilot-chat.conf', {
    'server 127.0.0.1:3000 ': instances
      .map((address) => `server ${address} `)
      .join('max_fails=0;\n'),
    'listen 443 ssl http2;': `listen 127.0.0.1:${port};`,
    'chat.example.com;': 'localhost;',
    'www.example.com;': '127.0.0.1;',
    ...certificates('chat.example.com'),
    ...certificates('www.example.com'),
  });
  await startNginx(servers, port);
  return port;
}

/** A proxy with default settings, not configured for streams. */
async function startOuter(inner: number): Promise<number> {
  const port = await freePort();
  await startNginx(
    `server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://127.0.0.1:${inner};
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      }
    }`,
    port,
  );
  return port;
}

const status = async (url: string, method = 'GET') =>
  (
    await fetch(url, {
      method,
      ...(method === 'POST' && { headers: { 'content-type': 'application/json' }, body: '{}' }),
    })
  ).status;

describe('nginx with deploy/nginx', () => {
  it('passes an answer on word by word', async () => {
    const service = await startService();
    const port = await startExample(service.address);
    await service.chat(`http://localhost:${port}${endpoint}`);
    expect(await status(`http://localhost:${port}/taskpilot-chat.js`)).toBe(200);
    expect(await status(`http://localhost:${port}/metrics`)).toBe(404);
  });

  it('S11: passes it on under a prefix, which the page takes from its session endpoint', async () => {
    const service = await startService();
    const port = await startExample(service.address);
    const base = `http://127.0.0.1:${port}/assistant`;
    await service.chat(`${base}${endpoint}`);
    expect(service.answered).toContain('POST /api/chatkit');
    expect(await status(`${base}/taskpilot-chat.js`)).toBe(200);
    expect(await status(`${base}/metrics`)).toBe(404);
  });

  it('makes a proxy in front of it pass the answer on word by word, too', async () => {
    const service = await startService();
    const outer = await startOuter(await startExample(service.address));
    await service.chat(`http://localhost:${outer}${endpoint}`);
    await service.chat(`http://127.0.0.1:${outer}/assistant${endpoint}`);
  });

  it('never sends a POST to a second instance that the first may have got', async () => {
    const [cutting, service] = await Promise.all([startCutting(), startService()]);
    const port = await startExample(cutting.address, service.address);
    expect(await status(`http://localhost:${port}${endpoint}`, 'POST')).toBe(502);
    expect(cutting.requests()).toBe(1);
    expect(service.answered).toEqual([]);
  });

  it('asks the next instance where that is safe: for what only reads, or was refused a connection', async () => {
    const [cutting, service] = await Promise.all([startCutting(), startService()]);
    const reading = await startExample(cutting.address, service.address);
    expect(await status(`http://localhost:${reading}/healthz`)).toBe(200);
    expect(cutting.requests()).toBe(1);
    const refused = await startExample(`127.0.0.1:${await freePort()}`, service.address);
    expect(await status(`http://localhost:${refused}${endpoint}`, 'POST')).toBe(200);
  });
});

describe('nginx of deploy/compose.yaml', () => {
  /** Answers each question with these addresses, as Docker does for the replicas of a service. */
  async function startDns(addresses: readonly string[]): Promise<number> {
    const socket = createSocket('udp4');
    socket.on('message', (query, from) => {
      const questionEnd = query.indexOf(0, 12) + 5;
      const answers = addresses.map((address) =>
        // The name of the question, type A, class IN, one second to live.
        Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]),
      );
      const head = Buffer.from([0, 0, 0x81, 0x80, 0, 1, 0, answers.length, 0, 0, 0, 0]);
      query.copy(head, 0, 0, 2);
      const reply = Buffer.concat([head, query.subarray(12, questionEnd), ...answers]);
      socket.send(reply, from.port, from.address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onTestFinished(() => void socket.close());
    return socket.address().port;
  }

  it('streams, and finds the replica that is left', async () => {
    const service = await startService('127.0.0.2');
    const dns = await startDns(['127.0.0.2', '127.0.0.3']);
    const port = await freePort();
    const servers = await adapt('nginx/compose.conf', {
      'resolver 127.0.0.11 ': `resolver 127.0.0.1:${dns} `,
      'listen 80;': `listen 127.0.0.1:${port};`,
      'chat:3000;': `chat:${service.port};`,
    });
    await startNginx(servers, port);
    // Whichever of the two is asked first.
    for (let request = 0; request < 4; request++) {
      await service.chat(`http://127.0.0.1:${port}${endpoint}`);
    }
    expect(await status(`http://127.0.0.1:${port}/metrics`)).toBe(404);
  });
});

describe('Caddy with deploy/Caddyfile', () => {
  it('streams, under a prefix and behind nginx, too', async () => {
    const service = await startService();
    const port = await freePort();
    const sites = await adapt('Caddyfile', {
      '127.0.0.1:3000': service.address,
      'chat.example.com {': `http://localhost:${port} {`,
      'www.example.com {': `http://127.0.0.1:${port} {`,
    });
    await startCaddy(sites, port);
    await service.chat(`http://localhost:${port}${endpoint}`);
    await service.chat(`http://127.0.0.1:${port}/assistant${endpoint}`);
    await service.chat(`http://localhost:${await startOuter(port)}${endpoint}`);
    expect(await status(`http://localhost:${port}/metrics`)).toBe(404);
    expect(await status(`http://127.0.0.1:${port}/assistant/metrics`)).toBe(404);
  });
});
