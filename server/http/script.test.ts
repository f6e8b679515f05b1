import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useHarness } from '../test/harness.js';

const harness = useHarness();

const script = 'console.log("the widget");\n';
const german = 'export const strings = { close: "Schließen" };\n';
let assets: string;
beforeAll(async () => {
  assets = await mkdtemp(join(tmpdir(), 'taskpilot-chat-'));
  await mkdir(join(assets, 'taskpilot-chat'));
  await Promise.all([
    writeFile(join(assets, 'taskpilot-chat/de.js'), german),
    writeFile(join(assets, 'taskpilot-chat/de.js.br'), brotliCompressSync(german)),
    writeFile(join(assets, 'taskpilot-chat.js'), script),
    writeFile(join(assets, 'taskpilot-chat.js.br'), brotliCompressSync(script)),
    writeFile(join(assets, 'taskpilot-chat.js.gz'), gzipSync(script)),
  ]);
});
afterAll(() => rm(assets, { recursive: true }));

async function setUp() {
  const service = await harness.service({}, { assets });
  const get = (headers: Readonly<Record<string, string>> = {}, url = '/taskpilot-chat.js') =>
    service.inject({ url, headers });
  return { service, get };
}

const plainTag = async () => String((await (await setUp()).get()).headers['etag']);

describe('GET /taskpilot-chat.js', () => {
  it('is for pages of any site, and revalidated', async () => {
    const { get } = await setUp();
    const response = await get({
      origin: 'https://anybody.example',
      'sec-fetch-site': 'cross-site',
    });
    expect(response.statusCode).toBe(200);
    expect(response.payload).toBe(script);
    expect(response.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=0, must-revalidate',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
      etag: expect.stringMatching(/^"[\da-f]{16}"$/) as string,
    });
    expect(response.headers).not.toHaveProperty('content-encoding');
    expect(response.headers).not.toHaveProperty('set-cookie');
  });

  it.each([
    ['br, gzip', 'br', brotliDecompressSync],
    ['gzip, deflate, br;q=0.9', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
  ])('for %s is packed as %s', async (accepted, encoding, unpack) => {
    const response = await (await setUp()).get({ 'accept-encoding': accepted });
    expect(response.headers['content-encoding']).toBe(encoding);
    expect(unpack(response.rawPayload).toString()).toBe(script);
    expect(response.headers['etag']).not.toBe(await plainTag());
  });

  it.each(['identity', 'br;q=0, gzip;q=0.000', 'brotli', ''])(
    'for %j is not packed',
    async (accepted) => {
      const response = await (await setUp()).get({ 'accept-encoding': accepted });
      expect(response.headers).not.toHaveProperty('content-encoding');
      expect(response.payload).toBe(script);
    },
  );

  it('is not sent again to who has it', async () => {
    const { get } = await setUp();
    const tag = await plainTag();
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const response = await get({ 'if-none-match': known });
      expect(response.statusCode).toBe(304);
      expect(response.payload).toBe('');
      expect(response.headers).toMatchObject({
        etag: tag,
        'cache-control': 'public, max-age=0, must-revalidate',
        'access-control-allow-origin': '*',
        vary: 'accept-encoding',
      });
    }
    expect((await get({ 'if-none-match': '"other"' })).statusCode).toBe(200);
    // What is packed otherwise is something else.
    expect((await get({ 'if-none-match': tag, 'accept-encoding': 'br' })).statusCode).toBe(200);
  });

  it('may be kept for ever under its hash', async () => {
    const { get } = await setUp();
    const hash = (await plainTag()).replaceAll('"', '');
    const response = await get({}, `/taskpilot-chat.${hash}.js`);
    expect(response.payload).toBe(script);
    expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(response.headers['access-control-allow-origin']).toBe('*');
    expect((await get({}, '/taskpilot-chat.0123456789abcdef.js')).statusCode).toBe(404);
  });

  it('HEAD tells the same without the script', async () => {
    const { service, get } = await setUp();
    const headers = { 'accept-encoding': 'br' };
    const head = await service.inject({ method: 'HEAD', url: '/taskpilot-chat.js', headers });
    const { headers: full } = await get(headers);
    expect(head.statusCode).toBe(200);
    expect(head.payload).toBe('');
    for (const name of ['content-length', 'content-encoding', 'etag', 'content-type']) {
      expect(head.headers[name]).toBe(full[name]);
    }
  });

  it('has its languages beside it, with the same headers', async () => {
    const { service, get } = await setUp();
    const plain = await get({ origin: 'https://anybody.example' }, '/taskpilot-chat/de.js');
    expect(plain.payload).toBe(german);
    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=0, must-revalidate',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
    });
    const packed = await get({ 'accept-encoding': 'br' }, '/taskpilot-chat/de.js');
    expect(brotliDecompressSync(packed.rawPayload).toString()).toBe(german);
    const known = { 'if-none-match': String(plain.headers['etag']) };
    expect((await get(known, '/taskpilot-chat/de.js')).statusCode).toBe(304);
    for (const missing of ['fi.js', 'de.js.br', '..%2Ftaskpilot-chat.js', 'constructor']) {
      expect((await get({}, `/taskpilot-chat/${missing}`)).statusCode).toBe(404);
    }
    const posted = await service.inject({ method: 'POST', url: '/taskpilot-chat/de.js' });
    expect(posted.statusCode).toBe(405);
  });

  it('takes no other method', async () => {
    const { service } = await setUp();
    const response = await service.inject({ method: 'POST', url: '/taskpilot-chat.js' });
    expect(response.statusCode).toBe(405);
    expect(response.headers['allow']).toBe('GET, HEAD, OPTIONS');
  });

  it('that is not built is missing, and the log says how to build it', async () => {
    const service = await harness.service();
    expect((await service.inject('/taskpilot-chat.js')).statusCode).toBe(404);
    expect(service.logs.join('')).toContain('npm run build');
  });
});
