import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, expect } from 'vitest';
import type { AppDependencies } from '../../app.js';
import { MemoryStore, type Responder } from '../../chatkit/index.js';
import { create, done, saying } from '../../chatkit/test/harness.js';
import type { FakeOpenAI } from '../../test/fake-openai.js';
import { useHarness, type TestService } from '../../test/harness.js';

export const sessionsPath = '/api/chatkit/sessions';
export const chatPath = '/api/chatkit';
export const sessionSecret = 'a-secret-for-attacks-only-0123456789abcdef';

export interface Session {
  readonly client_secret: string;
  readonly session_id: string;
  readonly visitor: string;
  /** As a browser sends it back. */
  readonly cookie: string;
}

/** Says back what it was told. */
const echo: Responder = {
  async *respond(thread, message, context) {
    const [part] = message?.content ?? [];
    yield await Promise.resolve(
      done(saying(thread, context, `You said ${part?.type === 'input_text' ? part.text : ''}`)),
    );
  },
};

type Env = Readonly<Record<string, string>>;

/** The service that all attacks of a file are made on. */
export class Target {
  service!: TestService;
  upstream!: FakeOpenAI;
  port = 0;

  /** Asks for a session as a page would, and keeps the cookie. */
  async open(headers: Env = {}): Promise<Session> {
    const answer = await this.service.open(headers);
    expect(answer.statusCode).toBe(200);
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
    return { ...answer.json<Session>(), cookie };
  }

  /** A request of the ChatKit protocol, with a session's token. */
  ask(token: string, payload: object | string, headers: Env = {}) {
    return this.service.inject({
      method: 'POST',
      url: chatPath,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...headers,
      },
      payload,
    });
  }

  inject(options: InjectOptions | string) {
    return this.service.inject(options);
  }

  /** Sends bytes over a socket of its own, and reads until the service hangs up. */
  async send(...parts: readonly (string | Buffer)[]): Promise<RawAnswer[]> {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    for (const part of parts) socket.write(part);
    return parseAnswers(await text(socket));
  }
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came over one connection; every answer of the service says its length. */
function parseAnswers(received: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = received; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    expect(end).toBeGreaterThan(0);
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const [name = '', ...value] = line.split(': ');
        return [name.toLowerCase(), value.join(': ')];
      }),
    );
    const length = Number(headers['content-length'] ?? 0);
    answers.push({
      status: Number(first.split(' ')[1]),
      headers,
      body: rest.slice(end + 4, end + 4 + length),
    });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

const problemKeys = ['code', 'detail', 'request_id', 'retryable', 'status', 'title', 'type'];
/** Names of files, functions and modules that only a stack trace would tell. */
const innerWords = /node_modules|\bnode:|\.[jt]s:\d|^\s+at /m;

/** The whole of a refusal: status, code, headers, nothing of the inside, and no identity. */
export function expectRefusal(answer: LightMyRequestResponse, status: number, code: string): void {
  const body = answer.json<Record<string, unknown>>();
  expect({ status: answer.statusCode, code: body['code'] }).toEqual({ status, code });
  expect(body['status']).toBe(status);
  expect(Object.keys(body).filter((name) => name !== 'message')).toHaveLength(problemKeys.length);
  expect(Object.keys(body)).toEqual(expect.arrayContaining(problemKeys));
  expect(answer.headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': body['request_id'],
    'content-type': expect.stringMatching(
      /^application\/(?:problem\+)?json; charset=utf-8$/,
    ) as string,
  });
  expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
  expect(answer.headers).not.toHaveProperty('set-cookie');
  expect(answer.payload).not.toMatch(innerWords);
}

export interface TargetOptions extends AppDependencies {
  readonly env?: Env;
  /** Headers with which the service knows the user, where anonymous visitors are not enough. */
  readonly asUser?: () => Env | Promise<Env>;
}

/**
 * One service for all attacks of a file, with limits that they do not reach, after which a visitor must be served as
 * before. It is self-hosted unless `env` says otherwise.
 */
export function useTarget({
  env,
  asUser = () => ({}),
  ...dependencies
}: TargetOptions = {}): Target {
  const harness = useHarness(afterAll);
  const target = new Target();
  beforeAll(async () => {
    target.upstream = await harness.openAI();
    target.service = await harness.service(
      {
        CHATKIT_BACKENDS: 'self-hosted',
        SESSION_SECRET: sessionSecret,
        CHATKIT_DOMAIN_KEY: 'domain_pk_attacks',
        RATE_LIMIT_PER_MINUTE: '10000',
        MESSAGE_LIMIT_PER_MINUTE: '10000',
        ...env,
      },
      { upstream: target.upstream, responder: echo, store: new MemoryStore(), ...dependencies },
    );
    target.port = await target.service.listen();
  });
  afterAll(async () => {
    const session = await target.open(await asUser());
    expect(session.session_id).toMatch(/^cksess_/);
    if (target.service.config.backends.includes('self-hosted')) {
      const answer = await target.ask(session.client_secret, create('still there?'));
      expect(answer.statusCode).toBe(200);
      expect(answer.payload).toContain('You said still there?');
    }
    expect((await target.inject('/healthz')).json()).toEqual({ status: 'ok' });
  });
  return target;
}
