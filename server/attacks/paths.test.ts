import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chatPath, sessionsPath, useTarget } from './test/target.js';

const folder = mkdtempSync(join(tmpdir(), 'taskpilot-attacks-'));
const assets = join(folder, 'public');
mkdirSync(join(assets, 'taskpilot-chat'), { recursive: true });
writeFileSync(join(assets, 'taskpilot-chat.js'), '/* the script */');
writeFileSync(join(assets, 'taskpilot-chat', 'de.js'), '/* a language */');
writeFileSync(join(assets, 'taskpilot-chat', 'note.txt'), 'not for pages');
writeFileSync(join(folder, 'secret.js'), 'not for pages');
afterAll(() => rmSync(folder, { recursive: true }));

const target = useTarget({
  assets,
  env: { NODE_ENV: 'production', AUTH: 'anonymous', METRICS_TOKEN: 'the-metrics-token' },
});

/** Over a socket, for clients tidy addresses up. */
const get = (path: string, method = 'GET') =>
  target.send(`${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);

describe('An address leads where it says, or nowhere', () => {
  it.each([
    ['//healthz', 404],
    ['/healthz/', 404],
    ['/HEALTHZ', 404],
    ['/./healthz', 404],
    ['/x/../healthz', 404],
    ['/healthz%00', 404],
    ['/healthz%20', 404],
    ['/healthz;x=1', 404],
    ['/healthz%3Fx', 404],
    ['/healthz.json', 404],
    ['/health%7A', 200],
    ['/healthz?x=/../y', 200],
    ['/%2e/healthz', 404],
    ['/\\healthz', 404],
    ['/metrics', 401],
    ['/metrics/', 404],
    ['//metrics', 404],
    ['/METRICS', 404],
    ['/%6detrics', 401],
    ['/metrics;/healthz', 404],
    ['/metrics?token=the-metrics-token', 401],
    ['/healthz/../metrics', 404],
    ['/healthz/..;/metrics', 404],
    ['/api/chatkit//sessions', 404],
    ['/api/chatkit/sessions/', 405],
    ['/api%2fchatkit%2fsessions', 404],
    ['/API/chatkit/sessions', 404],
    ['/api/chatkit/sessions/a/b', 404],
    ['/api/chatkit/sessions%2f..%2f', 404],
    ['/api/chatkit/../../healthz', 404],
    ['/taskpilot-chat.js', 200],
    ['/taskpilot-chat.js/', 404],
    ['/taskpilot-chat.js%00.txt', 404],
    ['/taskpilot-chat.js.map', 404],
    ['/taskpilot-chat/de.js', 200],
    ['/taskpilot-chat/note.txt', 404],
    ['/taskpilot-chat/../secret.js', 404],
    ['/taskpilot-chat/..%2fsecret.js', 404],
    ['/taskpilot-chat/..%2f..%2fsecret.js', 404],
    ['/taskpilot-chat/%2e%2e/secret.js', 404],
    ['/taskpilot-chat/..%5csecret.js', 404],
    ['/taskpilot-chat/%252e%252e%252fsecret.js', 404],
    ['/taskpilot-chat/....//secret.js', 404],
    ['/taskpilot-chat/..%c0%afsecret.js', 400],
    ['/taskpilot-chat/de.js%00.txt', 404],
    ['/taskpilot-chat/__proto__', 404],
    ['/taskpilot-chat/constructor', 404],
    ['/taskpilot-chat/', 404],
    ['/taskpilot-chat/%2fetc%2fpasswd', 404],
    ['/.env', 404],
    ['/.git/config', 404],
    ['/package.json', 404],
    ['/data', 404],
    ['/__proto__', 404],
    ['/%', 400],
    ['/%zz', 400],
    ['/%c3%28', 400],
    ['/documentation', 404],
    ['/debug/pprof', 404],
    ['/server-status', 404],
    ['/actuator/env', 404],
    [`/${'a/'.repeat(2000)}`, 404],
    [`/${'%2e%2e%2f'.repeat(500)}`, 404],
    ['*', 404],
  ])('%.60s: %i', async (path, status) => {
    const [answer, ...more] = await get(path);
    expect([answer?.status, more]).toEqual([status, []]);
    expect(answer?.body).not.toContain('not for pages');
    if (status < 400) return;
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ status });
    expect(answer?.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(answer?.headers).not.toHaveProperty('set-cookie');
  });
});

const takes: Readonly<Record<string, string>> = {
  '/healthz': 'GET, HEAD, OPTIONS',
  '/readyz': 'GET, HEAD, OPTIONS',
  '/metrics': 'GET, HEAD, OPTIONS',
  '/openapi.json': 'GET, HEAD, OPTIONS',
  '/taskpilot-chat.js': 'GET, HEAD, OPTIONS',
  [sessionsPath]: 'POST, OPTIONS',
  [`${sessionsPath}/cksess_1`]: 'DELETE, OPTIONS',
  [chatPath]: 'POST',
  [`${chatPath}/requests/key`]: 'DELETE',
};

const methods = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'QUERY',
  'PROPFIND',
  'MKCOL',
  'LOCK',
  'PURGE',
];

describe.each(Object.entries(takes))('%s', (path, allow) => {
  it.each(methods.filter((method) => !allow.split(', ').includes(method)))(
    `takes ${allow}, and refuses %s`,
    async (method) => {
      const [answer] = await get(path, method);
      const problem = JSON.parse(answer?.body ?? '') as { code: string };
      const isKnown = target.service.app.supportedMethods.includes(method);
      expect([answer?.status, problem.code]).toEqual(
        isKnown ? [405, 'method_not_allowed'] : [404, 'not_found'],
      );
      expect(answer?.headers['allow']).toBe(isKnown ? allow : undefined);
    },
  );

  it('echoes nothing to TRACE', async () => {
    const answers = await target.send(
      `TRACE ${path} HTTP/1.1\r\nhost: x\r\nx-canary: seen-by-nobody\r\nconnection: close\r\n\r\n`,
    );
    expect(JSON.stringify(answers)).not.toContain('seen-by-nobody');
  });

  it.each(['x-http-method-override', 'x-method-override', 'x-http-method'])(
    'is not taken as another method by %s',
    async (name) => {
      const [answer] = await target.send(
        `PUT ${path} HTTP/1.1\r\nhost: x\r\n${name}: ${allow.split(',')[0]}\r\nconnection: close\r\n\r\n`,
      );
      expect(answer?.status).toBe(405);
    },
  );
});
