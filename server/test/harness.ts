import type { AddressInfo } from 'node:net';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterEach, expect, vi } from 'vitest';
import { buildApp, type AppDependencies } from '../app.js';
import { readConfig, type Config } from '../config.js';
import { sessionsPath } from '../sessions/routes.js';
import { apiKey, ownWords, startFakeOpenAI, type FakeOpenAI } from './fake-openai.js';

type Env = Readonly<Record<string, string>>;

export interface TestService {
  readonly app: FastifyInstance;
  readonly config: Config;
  /** Every line so far, at level trace. */
  readonly logs: readonly string[];
  inject(options: InjectOptions | string): Promise<LightMyRequestResponse>;
  /** Asks for a session, as a page would. */
  open(headers?: Env, payload?: string): Promise<LightMyRequestResponse>;
  /** Listens on a free port of this machine. */
  listen(): Promise<number>;
}

export interface Harness {
  openAI(): Promise<FakeOpenAI>;
  /** A service with a key; without `upstream` OpenAI's address refuses connections. */
  service(env?: Env, options?: AppDependencies & { upstream?: FakeOpenAI }): Promise<TestService>;
  /** Also looked at for leaks, when the test is over. */
  saw(answer: string): void;
}

/** A port on which nothing listens. */
const nowhere = 'http://127.0.0.1:9/v1';

/** What must be told nowhere. */
const secrets = [apiKey, readConfig({}).workflowId];
/** What must not be logged besides: client secrets, tokens, cookies. */
const loggedSecrets = /ek_\d|Bearer |eyJ|__Host-|ClientSecret/;

/**
 * Services and fake OpenAIs for the tests of a file; they are closed after each test, which fails when
 * an answer or a log line has told a secret (FR-011).
 *
 * @param after `afterAll` where one service stands all tests of a file
 */
export function useHarness(after: (end: () => Promise<void>) => void = afterEach): Harness {
  let closers: (() => Promise<unknown>)[] = [];
  let answers: string[] = [];
  let logs: string[] = [];
  after(async () => {
    await Promise.all(closers.map((close) => close()));
    const [told, logged] = [answers, logs];
    [closers, answers, logs] = [[], [], []];
    expect(told.filter((answer) => answer.includes(ownWords))).toEqual([]);
    for (const secret of secrets) {
      expect(told.filter((answer) => answer.includes(secret))).toEqual([]);
      expect(logged.filter((line) => line.includes(secret))).toEqual([]);
    }
    expect(logged.filter((line) => loggedSecrets.test(line))).toEqual([]);
  });

  return {
    async openAI() {
      const openAI = await startFakeOpenAI();
      closers.push(() => openAI.close());
      return openAI;
    },

    async service(env = {}, { upstream, ...dependencies } = {}) {
      const config = readConfig({
        OPENAI_API_KEY: apiKey,
        OPENAI_BASE_URL: upstream?.baseUrl ?? nowhere,
        LOG_LEVEL: 'trace',
        // Most tests are about OpenAI's answers, which another backend would hide.
        CHATKIT_BACKENDS: 'hosted',
        ...env,
      });
      const own: string[] = [];
      const write = (line: string) => {
        own.push(line);
        logs.push(line);
      };
      const app = await buildApp(config, {
        assets: '/nonexistent',
        logStream: { write },
        ...dependencies,
      });
      closers.push(() => app.close());
      const inject = async (options: InjectOptions | string) => {
        const response = await app.inject(options);
        answers.push(`${JSON.stringify(response.headers)}\n${response.payload}`);
        return response;
      };
      return {
        app,
        config,
        logs: own,
        inject,
        open: (headers = {}, payload = '{}') =>
          inject({
            method: 'POST',
            url: sessionsPath,
            headers: { 'content-type': 'application/json', ...headers },
            payload,
          }),
        async listen() {
          await app.listen({ port: 0, host: '127.0.0.1' });
          return (app.server.address() as AddressInfo).port;
        },
      };
    },

    saw: (answer) => void answers.push(answer),
  };
}

/** Waits until `check` no longer throws; long enough for a machine that has much else to do. */
export const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, 10_000);

/** Time that passes only by waiting. */
export function fakeTime(start = Date.now()) {
  let time = start;
  const waits: number[] = [];
  return {
    waits,
    now: () => time,
    sleep: (ms: number) => {
      waits.push(ms);
      time += ms;
      return Promise.resolve();
    },
    /** In the middle of its range: no jitter up or down. */
    random: () => 0.5,
    pass: (ms: number) => void (time += ms),
  };
}
