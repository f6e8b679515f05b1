import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  answering,
  apiKey,
  failing,
  hanging,
  ok,
  startFakeOpenAI,
  type Behaviour,
  type FakeOpenAI,
} from '../../test/fake-openai.js';
import { newResponse, responseEvents } from '../../testing/responses.js';
import { UsageError } from '../arguments.js';
import { examine, runDoctor } from './doctor.js';
import type { Finding } from './finding.js';

const sessionSecret = 'q7Rk2VtY9mWc4XbN8sLd5HfJ3gPz6TuA';
const workflow = 'wf_of_the_doctors_test_0123';

/** A model that says hello. */
const greeting: Behaviour = (response, { body }) => {
  const answer = newResponse(body as Record<string, unknown>, 1_764_000_000);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of responseEvents(answer, [{ type: 'message', text: 'Hello!' }])) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
  response.end();
};

/** OpenAI as it should be, with other behaviours for some paths. */
function openAI(others: Readonly<Record<string, Behaviour>> = {}): Behaviour {
  const paths: Readonly<Record<string, Behaviour>> = {
    '/v1/chatkit/sessions': ok(),
    '/v1/responses': greeting,
    '/v1/models': answering('{"id":"gpt-6-luna"}'),
    ...others,
  };
  return (response, call, index) => {
    const path = Object.keys(paths).find((start) => call.path.startsWith(start)) ?? '';
    (paths[path] ?? failing(404))(response, call, index);
  };
}

let folder: string;
let upstream: FakeOpenAI;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskpilot-doctor-'));
  await writeFile(join(folder, 'taskpilot-chat.js'), '// the script');
  upstream = await startFakeOpenAI();
});
afterAll(async () => {
  await upstream.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => upstream.behave(openAI()));

const sound = () => ({
  OPENAI_API_KEY: apiKey,
  OPENAI_BASE_URL: upstream.baseUrl,
  CHATKIT_WORKFLOW_ID: workflow,
  SESSION_SECRET: sessionSecret,
  DATA_DIR: join(folder, 'data'),
});

async function findings(env: Record<string, string> = {}, deadlineMs?: number): Promise<Finding[]> {
  const found = await examine(() => ({ env: { ...sound(), ...env }, warnings: [] }), {
    assets: folder,
    ...(deadlineMs !== undefined && { deadlineMs }),
  });
  const text = JSON.stringify(found);
  for (const secret of [apiKey, sessionSecret, workflow, 'hunter2', 'OpenAI speaking']) {
    expect(text).not.toContain(secret);
  }
  for (const { status, remedy } of found) if (status === 'failed') expect(remedy).toBeTruthy();
  return found;
}

const of = (check: string, found: readonly Finding[]) =>
  found.filter((finding) => finding.check === check);

describe('doctor', () => {
  it('S19: asks workflow, agent, origins, clock and database for real, and finds nothing', async () => {
    const found = await findings();
    expect(found.filter(({ status }) => status === 'failed')).toEqual([]);
    const well = found.filter(({ status }) => status === 'ok').map(({ check }) => check);
    expect(well).toEqual(['Variables', 'Secrets', 'Hosted', 'Model', 'Clock', 'Agent', 'Database']);
    const calls = upstream.calls.map(({ method, path }) => `${method} ${path}`);
    expect(calls).toContain('POST /v1/chatkit/sessions');
    expect(
      calls.some((call) => /^POST \/v1\/chatkit\/sessions\/cksess_\d+\/cancel$/.test(call)),
    ).toBe(true);
    expect(calls).toContain('POST /v1/responses');
    expect(calls).toContain('GET /v1/models/gpt-6-luna');
  }, 60_000);

  it.each([
    [401, 'failed', 'Check OPENAI_API_KEY'],
    [403, 'failed', 'Check OPENAI_API_KEY'],
    [404, 'note', 'CHATKIT_BACKENDS=self-hosted'],
  ])('says what to do when OpenAI answers a session with %i', async (status, kind, remedy) => {
    upstream.behave(openAI({ '/v1/chatkit/sessions': failing(status) }));
    const [finding] = of('Hosted', await findings());
    expect(finding).toMatchObject({
      status: kind,
      remedy: expect.stringContaining(remedy) as string,
    });
  });

  it('says that the workflow is gone where nothing takes its place', async () => {
    upstream.behave(openAI({ '/v1/chatkit/sessions': failing(404) }));
    const [finding] = of('Hosted', await findings({ CHATKIT_BACKENDS: 'hosted' }));
    expect(finding?.text).toBe('OpenAI does not know the workflow (HTTP 404).');
  });

  it('says which model the key may not use, and what the agent’s failure means', async () => {
    const gone =
      '{"error":{"message":"no","type":"invalid_request_error","code":"model_not_found"}}';
    const missing: Behaviour = (response) => {
      response.writeHead(404, { 'content-type': 'application/json' }).end(gone);
    };
    upstream.behave(openAI({ '/v1/models': missing, '/v1/responses': missing }));
    const found = await findings({ AGENT_MODEL: 'gpt-none' });
    expect(of('Model', found)[0]?.text).toContain('may not use the model gpt-none');
    expect(of('Agent', found)[0]).toMatchObject({ status: 'failed' });
    expect(of('Agent', found)[0]?.text).toContain('Check AGENT_MODEL');
  });

  it('A10: names the API to choose when the server has no Responses API', async () => {
    const unknownPath: Behaviour = (response) => {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}');
    };
    upstream.behave(openAI({ '/v1/responses': unknownPath }));
    const [finding] = of('Agent', await findings({ CHATKIT_BACKENDS: 'self-hosted' }));
    expect(finding).toMatchObject({ status: 'failed' });
    expect(finding?.text).toContain('has no Responses API (/responses)');
    expect(finding?.text).toContain('AGENT_API=chat-completions');
  });

  it('asks the operator’s own module, and says why it cannot be loaded', async () => {
    const path = join(folder, 'agent.mjs');
    await writeFile(
      path,
      `export const responder = {
        async *respond(thread) {
          const item = { type: 'assistant_message', id: 'msg_1', thread_id: thread.id,
            created_at: new Date().toISOString(),
            content: [{ type: 'output_text', text: 'Hi', annotations: [] }] };
          yield { type: 'thread.item.done', item };
        },
      };`,
    );
    const own = { CHATKIT_BACKENDS: 'self-hosted', AGENT_MODULE: path };
    expect(of('Agent', await findings(own))).toEqual([
      {
        check: 'Agent',
        status: 'ok',
        text: expect.stringMatching(/^AGENT_MODULE answered/) as string,
      },
    ]);
    const none = await findings({ ...own, AGENT_MODULE: join(folder, 'none.mjs') });
    expect(of('Agent', none)[0]?.text).toMatch(/^AGENT_MODULE \S+ is not found/);
  });

  it('asks for allowed origins as a browser does', async () => {
    const ALLOWED_ORIGINS = 'https://www.example.com,https://*.shop.example,http://plain.example';
    const env = { CHATKIT_BACKENDS: 'hosted', ALLOWED_ORIGINS };
    const pages = async (more: Record<string, string>) =>
      of('Pages', await findings({ ...env, ...more }))
        .filter(({ text }) => text.startsWith('Pages'))
        .map(({ status }) => status);
    expect(await pages({})).toEqual(['ok', 'ok', 'ok']);
    const production = { NODE_ENV: 'production', AUTH: 'anonymous' };
    // Cookies and ChatKit need https.
    expect(await pages(production)).toEqual(['ok', 'ok', 'failed']);
  });

  it('wants a domain key as soon as a page is not on localhost', async () => {
    const key = async (env: Record<string, string>) =>
      of('Domain key', await findings({ CHATKIT_BACKENDS: 'self-hosted', ...env }))[0]?.status;
    expect(await key({ ALLOWED_ORIGINS: 'http://localhost:5173' })).toBe('note');
    expect(await key({ ALLOWED_ORIGINS: 'https://www.example.com' })).toBe('failed');
    expect(await key({ PUBLIC_URL: 'https://chat.example.com' })).toBe('failed');
    expect(
      await key({ PUBLIC_URL: 'https://chat.example.com', CHATKIT_DOMAIN_KEY: 'domain_pk_1' }),
    ).toBe('ok');
  });

  it.each([
    ['s'.repeat(32), 'has few different characters'],
    ['change-me-now-please-1234567890xyz', 'looks like a placeholder'],
    ['kR9vkR9vkR9vQ2mWxZ7bLtY4nPcH8dFs', 'repeats itself'],
  ])('says that SESSION_SECRET %s %s', async (SESSION_SECRET, reason) => {
    const found = await findings({ SESSION_SECRET, CHATKIT_BACKENDS: 'hosted' });
    expect(of('Secrets', found)[0]).toMatchObject({
      status: 'failed',
      text: `SESSION_SECRET ${reason}.`,
    });
    expect(JSON.stringify(found)).not.toContain(SESSION_SECRET);
  });

  it('says that this machine’s clock is wrong', async () => {
    const late: Behaviour = (response) => {
      const date = new Date(Date.now() - 300_000).toUTCString();
      response.writeHead(200, { date, 'content-type': 'application/json' }).end('{}');
    };
    upstream.behave(openAI({ '/v1/models': late }));
    const [clock] = of('Clock', await findings());
    expect(clock).toMatchObject({ status: 'failed' });
    expect(clock?.text).toMatch(/^The clock of this machine is 30\d s fast\.$/);
  });

  it('says that Redis and PostgreSQL cannot be reached, without their passwords', async () => {
    const found = await findings({
      CHATKIT_BACKENDS: 'hosted',
      REDIS_URL: 'redis://:hunter2@127.0.0.1:1',
      DATABASE_URL: 'postgres://ann:hunter2@127.0.0.1:1/chat',
    });
    expect(of('Redis', found)[0]?.text).toContain('ECONNREFUSED');
    expect(of('Database', found)[0]?.text).toContain('ECONNREFUSED');
  });

  it('waits for no answer longer than its deadline', async () => {
    upstream.behave(hanging);
    const found = await findings({ UPSTREAM_TIMEOUT_MS: '60000' }, 1500);
    for (const check of ['Hosted', 'Model', 'Agent']) {
      expect(of(check, found)[0]?.text).toBe('It took longer than 1.5 s.');
    }
  });

  it('says one line about each wrong variable, and checks nothing else', async () => {
    const load = () => ({ env: { PORT: 'x', AUTH: 'y' }, warnings: [] });
    const texts: string[] = [];
    const isWell = await runDoctor(['--json'], { load, print: (text) => texts.push(text) });
    expect(isWell).toBe(false);
    const { ok: well, checks } = JSON.parse(texts.join('')) as { ok: boolean; checks: Finding[] };
    expect(well).toBe(false);
    expect(checks.map(({ text }) => text.split(' ')[0])).toEqual(['PORT', 'AUTH', 'Not']);
  });

  it('prints a sign for each finding, and what to do below a failure', async () => {
    const texts: string[] = [];
    const env = { ...sound(), CHATKIT_BACKENDS: 'hosted', ALLOWED_ORIGIN: 'https://a.example' };
    const print = (text: string) => texts.push(text);
    const load = () => ({ env, warnings: [] });
    expect(await runDoctor([], { load, print, assets: folder })).toBe(true);
    expect(texts.join('')).toMatch(/^– Variables {3}Unknown variable ALLOWED_ORIGIN: did you mean/);
    expect(texts.join('')).toMatch(/^✓ Hosted /m);
    expect(texts.join('')).toMatch(/\n\nNothing has failed\.$/);
    await expect(runDoctor(['--jsn'], { print })).rejects.toThrow(UsageError);
    await expect(runDoctor(['--jsn'], { print })).rejects.toThrow('did you mean --json?');
  });
});
