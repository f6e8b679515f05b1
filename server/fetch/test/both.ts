import type { InjectOptions } from 'fastify';
import { onTestFinished } from 'vitest';
import { buildApp } from '../../app.js';
import { MemoryStore, type Responder } from '../../chatkit/index.js';
import { readConfig } from '../../config.js';
import { createHandler, type HandlerConfig } from '../index.js';

export type Env = Readonly<Record<string, string>>;

export interface Ask {
  readonly method?: Exclude<InjectOptions['method'], undefined>;
  /** `/api/chatkit/sessions` by default. */
  readonly path?: string;
  readonly headers?: Env;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Env;
  readonly body: string;
}

/** Something that answers requests of the service. */
export type Service = (ask: Ask) => Promise<Answer>;

/** Of the connection. */
const ofConnection = ['date', 'connection', 'content-length', 'keep-alive', 'transfer-encoding'];

/** Texts that differ each time, such as ids and times. */
const changing: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'token'],
  [/[0-9a-f]{8}-[0-9a-f-]{27}\.[\w+/%=-]+/gi, 'signed'],
  [/ek_[\w-]+/g, 'ek_'],
  [/cksess_\w+/g, 'cksess_'],
  [/\b(?:thr|msg)_\w+/g, 'id'],
  [/"expires_at":\d+/g, '"expires_at":0'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time'],
];

const stable = (text: string): string =>
  changing.reduce((result, [pattern, name]) => result.replaceAll(pattern, name), text);

/** An answer without what differs between two services that do the same. */
export const comparable = ({ status, headers, body }: Answer) => ({
  status,
  headers: Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !ofConnection.includes(name))
      .map(([name, value]) => [name, stable(value)]),
  ),
  body: stable(body),
});

export interface BothOptions {
  readonly responder?: Responder;
  /** The user of a request, by its headers. */
  readonly userOf?: (header: (name: string) => string | undefined) => string | null;
  readonly now?: () => number;
  readonly sleep?: NonNullable<HandlerConfig['sleep']>;
}

const base: Env = {
  NODE_ENV: 'test',
  SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
  LOG_LEVEL: 'silent',
};

/** The same service twice: on Fastify, and as a handler. */
export async function both(
  given: Env,
  { userOf, ...options }: BothOptions = {},
): Promise<{ readonly fastify: Service; readonly handler: Service }> {
  const env = { ...base, ...given };
  const app = await buildApp(readConfig(env), {
    assets: '/nonexistent',
    store: new MemoryStore(),
    ...options,
    ...(userOf && {
      authenticator: {
        authenticate: ({ headers }) => ({
          // The plugin takes no null; it answers the same to an empty user.
          user: userOf((name) => headers[name]?.toString()) ?? '',
        }),
      },
    }),
  });
  onTestFinished(() => app.close());
  const handle = createHandler({
    ...env,
    ...options,
    ...(userOf && {
      authenticate: ({ headers }) => {
        const user = userOf((name) => headers.get(name) ?? undefined);
        return user === null ? null : { user };
      },
    }),
  });
  const sessions = '/api/chatkit/sessions';
  return {
    async fastify({ method = 'POST', path = sessions, headers = {}, body }) {
      const response = await app.inject({
        method,
        url: path,
        headers: { host: 'chat.example', ...headers },
        ...(body !== undefined && { payload: body }),
      });
      const texts = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      return {
        status: response.statusCode,
        headers: Object.fromEntries(texts) as Env,
        body: response.payload,
      };
    },
    async handler({ method = 'POST', path = sessions, headers = {}, body }) {
      const request = new Request(`http://chat.example${path}`, {
        method,
        headers: { host: 'chat.example', ...headers },
        ...(body !== undefined && { body: Buffer.from(body) }),
      });
      const response = await handle(request, { address: '127.0.0.1' });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      };
    },
  };
}
