import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sandboxApiKey, scenarios, startSandbox } from './index.js';
import {
  askSession,
  converse,
  message,
  openSession,
  publicFolder,
  testSandbox,
  workflowId,
} from './api/test/test-sandbox.js';

describe('The sandbox', () => {
  it('tells at / how page and service are pointed at it, and at each scenario', async () => {
    const sandbox = await testSandbox();
    const {
      environment,
      scenarios: listed,
      ...rest
    } = (await (await fetch(sandbox.url)).json()) as {
      what: string;
      environment: Record<string, string>;
      'chatkit-src': string;
      scenarios: Record<string, { chatkitSrc: string; apiBaseUrl: string }>;
    };
    expect(rest.what).toBe('Local sandbox, not OpenAI');
    expect(environment).toEqual({
      OPENAI_BASE_URL: `${sandbox.url}/v1`,
      OPENAI_API_KEY: sandboxApiKey,
    });
    expect(Object.keys(listed)).toEqual(scenarios.map(({ name }) => name));
    for (const { name } of scenarios) expect(listed[name]).toMatchObject(sandbox.base(name));
    for (const src of [rest['chatkit-src'], listed['slow']?.chatkitSrc ?? '']) {
      expect(await (await fetch(src)).text()).toBe('chatkit.js');
    }
  });

  it('is what OpenAI’s own client expects, at the base URL that it tells', async () => {
    const sandbox = await testSandbox();
    const client = new OpenAI({
      apiKey: sandbox.apiKey,
      baseURL: sandbox.base().apiBaseUrl,
      maxRetries: 0,
    });
    const session = await client.beta.chatkit.sessions.create({
      user: 'ada',
      workflow: { id: workflowId },
    });
    expect(session).toMatchObject({ object: 'chatkit.session', user: 'ada', status: 'active' });
    const cancelled = await client.beta.chatkit.sessions.cancel(session.id);
    expect(cancelled.status).toBe('cancelled');
  });

  it('makes another scenario the usual one when asked, and still has the others', async () => {
    const sandbox = await testSandbox({ scenario: 'session-401' });
    expect(sandbox.base().apiBaseUrl).toBe(`${sandbox.url}/v1`);
    expect((await askSession(sandbox)).status).toBe(401);
    expect((await askSession(sandbox, { scenario: 'ok' })).status).toBe(200);
  });

  it('knows further workflows when told of them', async () => {
    const sandbox = await testSandbox({ workflowIds: ['wf_mine'] });
    const ask = (id: string) => askSession(sandbox, { body: { user: 'ada', workflow: { id } } });
    expect((await ask('wf_mine')).status).toBe(200);
    expect((await ask(workflowId)).status).toBe(200);
    expect((await ask('wf_other')).status).toBe(404);
  });

  it('answers with OpenAI’s envelope whatever is wrong', async () => {
    const sandbox = await testSandbox();
    const wrong = [
      fetch(`${sandbox.url}/v1/nowhere`),
      fetch(`${sandbox.url}/scenarios/nonsense/deployments/chatkit/chatkit.js`),
      fetch(`${sandbox.url}/scenarios/nonsense/v1/chatkit/sessions`, { method: 'POST' }),
      fetch(`${sandbox.url}/v1/chatkit/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{',
      }),
      fetch(`${sandbox.url}/v1/chatkit/sessions`, {
        method: 'POST',
        body: new URLSearchParams({ user: 'ada' }),
      }),
    ];
    const answers = await Promise.all(wrong);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 400, 415]);
    for (const answer of answers) {
      expect(await answer.json()).toEqual({
        error: {
          message: expect.any(String) as string,
          type: 'invalid_request_error',
          param: null,
          code: null,
        },
      });
    }
  });

  it('marks every answer as its own, so that nobody takes it for OpenAI', async () => {
    const sandbox = await testSandbox();
    for (const path of ['/', '/nowhere', '/deployments/chatkit/index.html']) {
      const { headers } = await fetch(sandbox.url + path);
      expect(headers.get('x-taskpilot-sandbox')).toBe('true');
    }
  });

  it('serves script and frame to any page, and lets the frame run nothing but its own files', async () => {
    const sandbox = await testSandbox();
    const folder = `${sandbox.url}/scenarios/slow/deployments/chatkit`;
    const script = await fetch(`${folder}/chatkit.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(script.headers.get('content-encoding')).toBe('gzip');
    expect(await script.text()).toBe('chatkit.js');
    expect(script.headers.get('access-control-allow-origin')).toBe('*');
    const policy = (await fetch(`${folder}/index.html`)).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('frame-ancestors');
  });

  it('remembers what it was asked, without a key, secret or cookie', async () => {
    const sandbox = await testSandbox();
    const session = await openSession(sandbox, { scenario: 'slow' });
    const create = { type: 'threads.create', params: { input: message('hello') } };
    const headers = { cookie: 'visitor=ada', 'x-copy': `Bearer ${session.client_secret}` };
    await (await converse(sandbox, session.client_secret, create, { headers })).text();
    await askSession(sandbox, { headers: { authorization: 'Bearer sk-somebody-elses' } });
    expect(sandbox.requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1/chatkit/sessions',
        scenario: 'slow',
        headers: { 'openai-beta': 'chatkit_beta=v1' },
        body: { user: 'ada', workflow: { id: workflowId } },
        status: 200,
      },
      { path: '/v1/chatkit/conversation', scenario: 'ok', body: create, status: 200 },
      { path: '/v1/chatkit/sessions', scenario: 'ok', status: 401 },
    ]);
    const remembered = JSON.stringify(sandbox.requests);
    for (const secret of [sandbox.apiKey, session.client_secret, 'sk-', 'visitor=', 'Bearer']) {
      expect(remembered).not.toContain(secret);
    }
  });

  it('has remembered a request by the time that it is answered', async () => {
    const sandbox = await testSandbox();
    for (let count = 1; count <= 20; count++) {
      await askSession(sandbox);
      expect(sandbox.requests).toHaveLength(count);
      expect(sandbox.requests.at(-1)?.status).toBe(200);
    }
  });
});

describe('A start that fails', () => {
  it('says that the port is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const start = startSandbox({ port, host: '127.0.0.1', publicFolder: await publicFolder() });
    await expect(start).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(String(port)) as string,
    });
  });

  it('says that the project is not built', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskpilot-empty-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await expect(startSandbox({ publicFolder: folder })).rejects.toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining('npm run build') as string,
    });
  });
});

describe('The end', () => {
  it('does not wait for what hangs, sleeps or streams', async () => {
    const sandbox = await testSandbox({ wordDelayMs: 60_000 });
    const { client_secret: secret } = await openSession(sandbox);
    const create = { type: 'threads.create', params: { input: message('hello') } };
    const streaming = await converse(sandbox, secret, create);
    const waiting = [
      askSession(sandbox, { scenario: 'session-hang' }),
      askSession(sandbox, { scenario: 'slow' }),
      streaming.text(),
    ];
    const ends = Promise.allSettled(waiting);
    await expect.poll(() => sandbox.requests.length).toBe(4);
    await sandbox.close();
    const [hanging, , stream] = await ends;
    expect(hanging?.status).toBe('rejected');
    expect(stream?.status).toBe('rejected');
    await expect(fetch(sandbox.url)).rejects.toThrow();
  });
});
