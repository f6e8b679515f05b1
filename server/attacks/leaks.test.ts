import { describe, expect, it } from 'vitest';
import { MemoryStore, type Responder } from '../chatkit/index.js';
import { create } from '../chatkit/test/harness.js';
import { answering, apiKey, failing, resetting, type Behaviour } from '../test/fake-openai.js';
import { useHarness } from '../test/harness.js';
import { signShared, audience, issuer, sharedSecret } from '../test/tokens.js';
import { chatPath, sessionSecret, sessionsPath } from './test/target.js';

const harness = useHarness();

const workflow = 'wf_of_the_operator_0123456789';
const agentKey = 'sk-agent-9a41-must-not-leak';
const metricsToken = 'metrics-token-7c22-must-not-leak';
const secrets = [apiKey, workflow, agentKey, metricsToken, sessionSecret];
/** As they are, as they stand in JSON, in an address, in base64, and as bytes. */
const spellings = secrets.flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
]);
/** Where the program lies, and how it is made. */
const inner = /node_modules|\/server\/\w+\/\w+\.[jt]s|^\s+at /m;

const everything = `${secrets.join(' ')} Bearer ${apiKey} ${JSON.stringify({ key: apiKey, workflow })}`;

/** A responder whose failures say all there is to say. */
const talkative = (fail: () => never): Responder => ({
  async *respond() {
    await Promise.resolve();
    yield { type: 'progress_update', text: 'Working' };
    fail();
  },
});

async function start(env: Readonly<Record<string, string>>, responder?: Responder) {
  const upstream = await harness.openAI();
  const service = await harness.service(
    {
      SESSION_SECRET: sessionSecret,
      CHATKIT_WORKFLOW_ID: workflow,
      AGENT_API_KEY: agentKey,
      METRICS_TOKEN: metricsToken,
      ...env,
    },
    { upstream, store: new MemoryStore(), ...(responder && { responder }) },
  );
  /** That neither the answer nor any log line has a secret, and the answer nothing of the inside. */
  const expectSilence = (answer: { headers: object; payload: string }) => {
    const told = JSON.stringify(answer.headers) + answer.payload;
    const logged = service.logs.join('');
    for (const spelling of spellings) {
      expect(told).not.toContain(spelling);
      expect(logged).not.toContain(spelling);
    }
    expect(told).not.toMatch(inner);
  };
  return { upstream, service, expectSilence };
}

describe('No secret is in an answer, a header or a log line', () => {
  it.each<[string, Behaviour]>([
    ['refuses', failing(401)],
    ['refuses the workflow', failing(404)],
    ['is overloaded', failing(503)],
    ['answers with all of it', answering(JSON.stringify({ error: everything }))],
    ['answers with a page of it', answering(`<pre>${everything}</pre>`, 'text/html')],
    [
      'answers with it as its request id',
      (response) =>
        void response
          .writeHead(400, { 'x-request-id': apiKey, 'content-type': 'application/json' })
          .end(
            JSON.stringify({
              error: { message: everything, code: apiKey, type: workflow, param: agentKey },
            }),
          ),
    ],
    ['hangs up', resetting],
  ])('when OpenAI %s', async (_, behaviour) => {
    const { upstream, service, expectSilence } = await start({});
    upstream.behave(behaviour);
    const answer = await service.open();
    expect(answer.statusCode).toBeGreaterThanOrEqual(500);
    expectSilence(answer);
  });

  it.each<[string, () => never]>([
    [
      'an error',
      () => {
        throw new Error(everything);
      },
    ],
    [
      'an error with a cause',
      () => {
        throw new Error('outer', { cause: new Error(everything) });
      },
    ],
    [
      'several errors',
      () => {
        throw new AggregateError([new Error(everything)], everything);
      },
    ],
    [
      'an error with fields',
      () => {
        throw Object.assign(new Error('403'), {
          headers: { authorization: `Bearer ${apiKey}` },
          config: { key: agentKey },
          code: apiKey,
        });
      },
    ],
    [
      'an error with a name',
      () => {
        throw Object.assign(new Error('x'), { name: everything });
      },
    ],
    [
      'an address',
      () => {
        throw new TypeError(
          `GET https://user:${sessionSecret}@api.example/?key=${encodeURIComponent(apiKey)} failed`,
        );
      },
    ],
  ])('when an agent throws %s', async (_, fail) => {
    const { service, expectSilence } = await start(
      { CHATKIT_BACKENDS: 'self-hosted' },
      talkative(fail),
    );
    const token = (await service.open()).json<{ client_secret: string }>().client_secret;
    const answer = await service.inject({
      method: 'POST',
      url: chatPath,
      headers: { authorization: `Bearer ${token}` },
      payload: create('hello'),
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.payload).toContain('"type":"error"');
    expectSilence(answer);
    expect(service.logs.join('')).not.toContain(token);
  });

  it.each<[string, string]>([
    ['/healthz', 'GET'],
    ['/readyz', 'GET'],
    ['/openapi.json', 'GET'],
    ['/metrics', 'GET'],
    ['/nothing', 'GET'],
    ['/%zz', 'GET'],
    [sessionsPath, 'GET'],
    [sessionsPath, 'OPTIONS'],
    [chatPath, 'POST'],
  ])('at %s (%s)', async (url, method) => {
    const { service, expectSilence } = await start({});
    expectSilence(await service.inject({ method: method as 'GET', url }));
  });

  it.each<[string, (secret: string) => { url?: string; headers?: object; payload?: string }]>([
    ['the address', (secret) => ({ url: `/${secret}?key=${secret}` })],
    ['the body', (secret) => ({ payload: JSON.stringify({ visitor: secret, key: secret }) })],
    ['broken JSON', (secret) => ({ payload: `{"key":${secret}` })],
    [
      'a header',
      (secret) => ({ headers: { authorization: `Bearer ${secret}`, 'x-api-key': secret } }),
    ],
    ['a cookie', (secret) => ({ headers: { cookie: `key=${secret}` } })],
    ['the request id', (secret) => ({ headers: { 'x-request-id': `${secret} ${secret}` } })],
    ['the origin', (secret) => ({ headers: { origin: `https://${secret}.evil.example/` } })],
    ['the content type', (secret) => ({ headers: { 'content-type': secret } })],
  ])('when a visitor sends one in %s', async (_, place) => {
    const { service, expectSilence } = await start({ CHATKIT_BACKENDS: 'hosted' });
    for (const secret of [apiKey, metricsToken, sessionSecret]) {
      const { url = sessionsPath, headers = {}, payload = '{}' } = place(secret);
      expectSilence(
        await service.inject({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json', ...headers },
          payload,
        }),
      );
    }
  });

  it('when a user token is right, wrong, or signed for another', async () => {
    const { service, expectSilence } = await start({
      CHATKIT_BACKENDS: 'hosted',
      AUTH: 'jwt',
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: audience,
      AUTH_JWT_SECRET: sharedSecret,
    });
    for (const changes of [
      {},
      { exp: 1 },
      { aud: 'other' },
      { sub: `${everything} ${sharedSecret}` },
    ]) {
      const token = await signShared(changes);
      expectSilence(await service.open({ authorization: `Bearer ${token}` }));
      for (const secret of [token, sharedSecret]) {
        expect(service.logs.join('')).not.toContain(secret);
      }
    }
  });

  it('tells neither the program nor its version', async () => {
    const { service } = await start({});
    for (const url of ['/healthz', '/nothing', '/%zz']) {
      const { headers } = await service.inject(url);
      expect(headers).not.toHaveProperty('server');
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });

  it('compares METRICS_TOKEN as a whole', async () => {
    const { service } = await start({});
    const statusOf = async (token: string) =>
      (await service.inject({ url: '/metrics', headers: { authorization: `Bearer ${token}` } }))
        .statusCode;
    for (const wrong of [
      metricsToken.slice(0, -1),
      `${metricsToken}x`,
      metricsToken.toUpperCase(),
      'x',
    ]) {
      expect(await statusOf(wrong)).toBe(401);
    }
    expect(await statusOf(metricsToken)).toBe(200);
  });
});
