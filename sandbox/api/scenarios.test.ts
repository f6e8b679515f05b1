import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../index.js';
import { scenarios } from './scenarios.js';
import {
  askSession,
  converse,
  message,
  openSession,
  readEvents,
  testSandbox,
  type Session,
} from './test/test-sandbox.js';

const create = { type: 'threads.create', params: { input: message('hello') } };
const sessionFailures = [
  ['session-401', 401, 'invalid_api_key'],
  ['session-404', 404, null],
  ['session-429', 429, 'rate_limit_exceeded'],
  ['session-500', 500, null],
] as const;

/** The text received until a stream ends or is cut. */
async function readToEnd(response: Response): Promise<{ text: string; isCut: boolean }> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    if (response.body) {
      for await (const chunk of response.body) {
        text += decoder.decode(chunk, { stream: true });
      }
    }
    return { text, isCut: false };
  } catch {
    // A connection that closes before the response is an expected outcome here.
    return { text, isCut: true };
  }
}

describe('Scenarios', () => {
  it('are those that docs/sandbox.md lists', async () => {
    const document = await readFile(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
    const [, section = ''] = /^## Scenarios$(.*?)^## /ms.exec(document) ?? [];
    const rows = [...section.matchAll(/^\| `([\w-]+)`\s+\| (.+?)\s+\|$/gm)];
    expect(rows.map(([, name, description]) => ({ name, description }))).toEqual(scenarios);
  });

  it.each(sessionFailures)(
    '%s: a right request is answered with %i',
    async (scenario, status, code) => {
      const sandbox = await testSandbox();
      const response = await askSession(sandbox, { scenario });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { code } });
      expect(response.headers.get('retry-after')).toBe(status === 429 ? '1' : null);
    },
  );

  it.each(['session-hang', 'session-429', 'slow'] as const)(
    '%s: a wrong key is still a wrong key',
    async (scenario) => {
      const sandbox = await testSandbox();
      const headers = { authorization: 'Bearer sk-other' };
      expect((await askSession(sandbox, { scenario, headers })).status).toBe(401);
    },
  );

  it('session-hang: no answer', async () => {
    const sandbox = await testSandbox();
    const answer = askSession(sandbox, {
      scenario: 'session-hang',
      signal: AbortSignal.timeout(200),
    });
    await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(sandbox.requests.at(-1)?.status).toBe(0);
  });

  it('session-reset: the connection is dropped', async () => {
    const sandbox = await testSandbox();
    await expect(askSession(sandbox, { scenario: 'session-reset' })).rejects.toThrow(
      'fetch failed',
    );
    expect(sandbox.requests.at(-1)?.status).toBe(0);
  });

  it('session-garbage: an answer that is no session', async () => {
    const sandbox = await testSandbox();
    const response = await askSession(sandbox, { scenario: 'session-garbage' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<!doctype html>');
  });

  it('script-blocked: no script', async () => {
    const sandbox = await testSandbox();
    expect((await fetch(sandbox.base('script-blocked').chatkitSrc)).status).toBe(403);
  });

  it('frame-dead: the script as ever, and a frame without an application', async () => {
    const sandbox = await testSandbox();
    const { chatkitSrc } = sandbox.base('frame-dead');
    expect(await (await fetch(chatkitSrc)).text()).toBe('chatkit.js');
    const frame = await fetch(new URL('index.html', chatkitSrc));
    expect(frame.status).toBe(200);
    expect(await frame.text()).not.toContain('script');
  });

  it('slow: a session takes 1.5 s', async () => {
    const sandbox = await testSandbox();
    const start = performance.now();
    expect((await askSession(sandbox, { scenario: 'slow' })).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(1400);
  });

  it('secret-expires: secrets live for two seconds', async () => {
    let now = 1_764_000_000_000;
    const sandbox = await testSandbox({ now: () => now });
    const scenario = 'secret-expires';
    const session = await openSession(sandbox, { scenario });
    expect(session.expires_at).toBe(now / 1000 + 2);
    const first = await converse(sandbox, session.client_secret, create, { scenario });
    expect((await readEvents(first)).at(-1)?.type).toBe('thread.item.done');
    now += 2000;
    expect((await converse(sandbox, session.client_secret, create, { scenario })).status).toBe(401);
  });

  it('stream-breaks: the first answer of each thread is cut, trying again works', async () => {
    const sandbox = await testSandbox();
    const scenario: Scenario = 'stream-breaks';
    const { client_secret: secret }: Session = await openSession(sandbox, { scenario });
    const ask = (body: unknown) => converse(sandbox, secret, body, { scenario });
    const broken = await readToEnd(await ask(create));
    expect(broken.isCut).toBe(true);
    expect(broken.text).toContain('"thread.created"');
    expect(broken.text).not.toContain('content_part.done');
    const thread_id = /"id":"(thr_\w+)"/.exec(broken.text)?.[1];
    const item_id = /"id":"(msg_\w+)"/.exec(broken.text)?.[1];
    const again = await readToEnd(
      await ask({ type: 'threads.retry_after_item', params: { thread_id, item_id } }),
    );
    expect(again.isCut).toBe(false);
    expect((await readToEnd(await ask(create))).isCut).toBe(true);
  });
});
