import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Browser } from 'playwright-core';
import { Chat, launchBrowser, visit } from './support/browser.js';
import { startProgram, type Program } from './support/program.js';
import { built } from './support/world.js';

const demo = built('examples/dist/start.js');
const service = built('server/dist/main.js');
const cli = built('server/dist/cli/main.js');

let folder: string;
let browser: Browser;
beforeAll(async () => {
  [folder, browser] = await Promise.all([
    mkdtemp(join(tmpdir(), 'taskpilot-chat-')),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await Promise.all([rm(folder, { recursive: true }), browser.close()]);
});

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const program = startProgram(args, { PORT: '0', ...env }, folder);
  onTestFinished(async () => {
    await program.stop('SIGKILL');
  });
  return program;
}

const listening = /"msg":"Server listening at (http:\/\/[^"]*)"/;

const production = {
  NODE_ENV: 'production',
  AUTH: 'anonymous',
  SESSION_SECRET: 'a-secret-for-journeys-only-0123456789',
};

describe('npm start', () => {
  it('FR-007: serves a page on which the chat answers, and says that the sandbox does', async () => {
    const program = start([demo]);
    const [, url = ''] = await program.waitFor(/TaskPilot Chat: (\S+)/);
    await program.waitFor(/local sandbox stands in for OpenAI/);
    const visitor = await visit(browser);
    onTestFinished(() => visitor.close());
    await visitor.page.goto(url);
    await visitor.page.getByText('Local sandbox, not OpenAI').first().waitFor();
    const chat = new Chat(visitor.page, 'TaskPilot assistant');
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    expect(visitor.problems).toEqual([]);
    await visitor.close();
    expect(await program.stop()).toBe(0);
  });

  it('takes the next port when the usual one is taken, and says so', async () => {
    const usual = (program: Program) => program.waitFor(/TaskPilot Chat: http:\/\/localhost:(\d+)/);
    const inTurn = () => {
      const program = startProgram([demo], {}, folder);
      onTestFinished(async () => {
        await program.stop('SIGKILL');
      });
      return program;
    };
    const [, first] = await usual(inTurn());
    const second = inTurn();
    const [, port] = await usual(second);
    expect(Number(port)).toBeGreaterThan(Number(first));
    expect(second.output()).toMatch(/Note: Port 3000 is taken by another program, so the demo is/);
    expect(second.output()).toMatch(/Note: Port 4000 is taken by another program, so the sandbox/);
  });

  it('says what to do when the port that was asked for is taken', async () => {
    const first = start([demo]);
    const [, url = ''] = await first.waitFor(/TaskPilot Chat: (\S+)/);
    const second = start([demo], { PORT: new URL(url).port });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('taken by another program. Set another one: PORT=');
  });

  it('allows pages of this machine, and says in one line what another origin needs', async () => {
    const program = start([demo]);
    const [, url = ''] = await program.waitFor(/TaskPilot Chat: (\S+)/);
    const ask = (origin: string) =>
      fetch(`${url}/api/chatkit/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: '{}',
      });
    expect((await ask('http://127.0.0.1:5500')).status).toBe(200);
    expect((await ask('http://192.168.1.5:8080')).status).toBe(403);
    await program.waitFor(
      /^A page of \S+ was refused\. .* ALLOWED_ORIGINS=http:\/\/192\.168\.1\.5:8080$/m,
    );
  });

  it('never chooses the sandbox in production', async () => {
    const program = start([demo], production);
    expect(await program.ended).toBe(1);
    expect(program.output()).toMatch(/^taskpilot-chat: OPENAI_API_KEY is not set[^\n]*\n$/);
  });

  it('uses OpenAI when there is a key', async () => {
    const program = start([demo], { OPENAI_API_KEY: 'sk-made-up-for-this-test' });
    const [, url = ''] = await program.waitFor(/TaskPilot Chat: (\S+)/);
    await program.waitFor(/OpenAI answers/);
    const html = await (await fetch(url)).text();
    expect(html).not.toContain('chatkit-src');
    expect(html).not.toContain('sandbox');
    expect(program.output()).not.toContain('sk-made-up');
  });
});

describe('node server/dist/main.js', () => {
  it.each([
    [{ PORT: 'eighty' }, 'PORT takes a whole number from 0 to 65535.'],
    [{ ...production, AUTH: '' }, 'AUTH must be chosen in production'],
    [{ ALLOWED_ORIGINS: '*' }, 'ALLOWED_ORIGINS takes'],
    [{ AUTH: 'jwt' }, 'AUTH_JWKS_URL or AUTH_JWT_SECRET'],
  ])('FR-010: stops with one line when %j', async (env, line) => {
    const program = start([service], env);
    expect(await program.ended).toBe(1);
    expect(program.output().trim().split('\n')).toHaveLength(1);
    expect(program.output()).toContain(line);
  });

  it('FR-009: without a key every session request is 503 not_configured', async () => {
    const program = start([service], production);
    const [, url = ''] = await program.waitFor(listening);
    const response = await fetch(`${url}/api/chatkit/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'not_configured' });
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/taskpilot-chat.js`)).status).toBe(200);
  });

  it('reads .env, and says when the environment hides a value of it', async () => {
    await writeFile(join(folder, '.env'), 'LOG_LEVEL=warn\nPORT=1\nOPENAI_API_KEY=sk-from-file\n');
    onTestFinished(() => rm(join(folder, '.env')));
    const program = start([service], { OPENAI_API_KEY: 'sk-from-shell', LOG_LEVEL: 'info' });
    await program.waitFor(/OPENAI_API_KEY of the environment hides another one in \.env/);
    await program.waitFor(listening);
    expect(program.output()).not.toMatch(/sk-from/);
  });

  it('says in one line that the port is taken', async () => {
    const first = start([service]);
    const [, url = ''] = await first.waitFor(listening);
    const second = start([service], { PORT: new URL(url).port });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('PORT is taken by another program');
  });
});

describe('taskpilot-chat', () => {
  it('sandbox: stands in for OpenAI, for a service that serve runs, and for doctor', async () => {
    const sandbox = start([cli, 'sandbox', '--port', '0']);
    await sandbox.waitFor(/Local sandbox, not OpenAI/);
    const [, baseUrl = '', key = ''] = await sandbox.waitFor(
      /OPENAI_BASE_URL=(\S+) OPENAI_API_KEY=(\S+)/,
    );
    const serve = start([cli, 'serve'], { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: key });
    const [, url = ''] = await serve.waitFor(listening);
    await serve.waitFor(/data-session-endpoint="http:\/\/localhost:\d+\/api\/chatkit\/sessions"/);
    const response = await fetch(`${url}/api/chatkit/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(200);
    expect(await serve.stop()).toBe(0);

    const doctor = start([cli, 'doctor'], { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: key });
    expect(await doctor.ended, doctor.output()).toBe(0);
    for (const check of ['Hosted', 'Model', 'Agent', 'Clock']) {
      expect(doctor.output()).toMatch(new RegExp(`^✓ ${check} `, 'm'));
    }
    expect(doctor.output()).not.toContain(key);
    expect(await sandbox.stop('SIGINT')).toBe(0);
  });

  it.each([
    [['--help'], 0, 'Usage: taskpilot-chat <command>'],
    [['serve', '--help'], 0, 'CHATKIT_WORKFLOW_ID'],
    [['sandbox', '--help'], 0, 'session-429'],
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    [[], 0, 'Usage: taskpilot-chat <command>'],
    [['surf'], 2, 'There is no command “surf”.'],
    [['servo'], 2, 'Did you mean serve?'],
    [['doctor', '--jsn'], 2, 'did you mean --json?'],
    [['doctor', '--help'], 0, 'taskpilot-chat doctor [--json]'],
    [['init', '--help'], 0, '--key-file FILE'],
    [['export'], 2, '--user is needed'],
    [['forget', '--help'], 0, '--user USER'],
    [['serve', '--port', '1'], 2, 'serve takes no “--port”'],
    [['sandbox', '--port', 'x'], 2, '--port takes a whole number'],
    [['sandbox', '--scenario', 'x'], 2, '--scenario takes one of the scenarios'],
    [['sandbox', '--colour'], 2, '--colour'],
  ] as const)('%j ends with %i', async (args, code, says) => {
    const program = start([cli, ...args]);
    expect(await program.ended).toBe(code);
    expect(program.output()).toMatch(says instanceof RegExp ? says : escape(says));
  });
});

function escape(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
