import { expect, test } from 'vitest';
import { readConfig } from '../config.js';
import { createErrorSerializer } from './errors.js';
import { createScrub, secretsOf } from './scrub.js';

const env = {
  OPENAI_API_KEY: 'plain-key-of-a-gateway-0123',
  AGENT_API_KEY: 'agent/key+with=signs',
  CHATKIT_WORKFLOW_ID: 'wf_0123456789abcdef',
  SESSION_SECRET:
    'first "quoted" secret of 32 characters!!, second-secret-of-at-least-32-characters',
  AUTH: 'jwt',
  AUTH_JWT_SECRET: 'shared secret of at least 32 characters',
  AUTH_ISSUER: 'issuer',
  AUTH_AUDIENCE: 'audience',
  DATABASE_URL: 'postgres://owner:p%40ssw0rd!@db.example.com/chat',
  METRICS_TOKEN: 'metrics-token-1234',
};
const config = readConfig(env);
const scrub = createScrub(secretsOf(config));
const serialize = createErrorSerializer(scrub);

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl';
const secrets: readonly (readonly [kind: string, secret: string, inText?: string])[] = [
  ['OPENAI_API_KEY', env.OPENAI_API_KEY],
  ['AGENT_API_KEY', env.AGENT_API_KEY],
  ['workflow id', env.CHATKIT_WORKFLOW_ID],
  ['another workflow id', 'wf_fedcba9876543210'],
  ['first SESSION_SECRET', 'first "quoted" secret of 32 characters!!'],
  ['second SESSION_SECRET', 'second-secret-of-at-least-32-characters'],
  ['AUTH_JWT_SECRET', env.AUTH_JWT_SECRET],
  ['METRICS_TOKEN', env.METRICS_TOKEN],
  ['password of the database', 'p@ssw0rd!'],
  ['encoded password of the database', 'p%40ssw0rd!'],
  ["another provider's key", 'sk-proj-abcdefghijklmnop'],
  ['client secret', 'ek_68f0c0ffee'],
  ['JSON Web Token', jwt],
  ['bearer token', 'Bearer opaque.token/1234'],
  ['visitor cookie', '__Host-taskpilot-visitor=visitor-1.c2lnbmF0dXJl'],
  ['other cookie', 'connect.sid=s%3Aabc.def', 'cookie: connect.sid=s%3Aabc.def'],
  ['cookie in JSON', 'sid=abcdef', '{"cookie":"sid=abcdef"}'],
  ['token of a URL', 'sig=deadbeef00', 'https://files.example.com/a?sig=deadbeef00'],
  ['user part of a URL', 'ann:hunter22', 'http://ann:hunter22@proxy.example.com:3128/'],
];

const places: Readonly<Record<string, (text: string) => unknown>> = {
  message: (text) => new Error(`401: ${text} was refused`),
  stack: (text) => Object.assign(new Error('refused'), { stack: `Error: ${text}\n    at x.js:1` }),
  'nested causes': (text) =>
    new Error('outer', { cause: new Error('inner', { cause: new TypeError(`see ${text}`) }) }),
  'an aggregate': (text) => new AggregateError([new Error('one'), new Error(text)], 'all failed'),
  'a thrown text': (text) => text,
  'a URL': (text) => new Error(`GET https://api.example.com/v1?key=${encodeURIComponent(text)}`),
  base64: (text) => new Error(`Basic ${Buffer.from(text).toString('base64')}`),
  'JSON in a message': (text) => new Error(JSON.stringify({ error: { message: text } })),
  'a field of the SDK': (text) =>
    Object.assign(new Error('403'), { headers: { authorization: text }, request: { body: text } }),
  'a code': (text) => Object.assign(new Error('x'), { code: text }),
  'a name': (text) => Object.assign(new Error('x'), { name: text }),
};

for (const [place, make] of Object.entries(places)) {
  test(`S8: secrets are scrubbed from ${place}`, () => {
    for (const [kind, secret, inText = secret] of secrets) {
      const line = JSON.stringify(serialize(make(inText)));
      for (const spelling of [secret, JSON.stringify(secret).slice(1, -1)]) {
        expect(line, kind).not.toContain(spelling);
      }
    }
  });
}

test('S8: causes are readable', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '127.0.0.1',
    port: 9,
  });
  const certificate = Object.assign(new Error('self-signed certificate in certificate chain'), {
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  });
  const aggregate = new AggregateError([refused, certificate], 'all addresses failed');
  expect(
    serialize(new Error('403: the token lacks scope orders.read', { cause: aggregate })),
  ).toMatchObject({
    type: 'Error',
    message: '403: the token lacks scope orders.read',
    cause: {
      type: 'AggregateError',
      errors: [
        { message: 'connect ECONNREFUSED 127.0.0.1:9', code: 'ECONNREFUSED', port: 9 },
        { message: certificate.message, code: 'SELF_SIGNED_CERT_IN_CHAIN' },
      ],
    },
  });
});

test('S8: an error that is its own cause has an end', () => {
  const error = new Error('round');
  error.cause = error;
  expect(JSON.stringify(serialize(error)).length).toBeLessThan(20_000);
});

test('S8: no text of a visitor takes long to scrub', () => {
  for (const unit of [
    '"',
    '\\',
    ' ',
    'cookie: ',
    'token="',
    'a://',
    'cksess_-',
    '__Host-',
    'a.',
    'a://b?',
  ]) {
    for (const start of ['', 'cookie:', '"token":"', 'https://']) {
      const begin = performance.now();
      scrub(start + unit.repeat(100_000 / unit.length));
      // Hundredths of this; a search that takes quadratic time takes minutes.
      expect(performance.now() - begin, `${start} ${unit}`).toBeLessThan(5000);
    }
  }
});

test('S8: a text that only resembles a secret stays', () => {
  for (const text of [
    '403: the token lacks scope orders.read',
    'GET https://api.example.com/v1/orders failed with 404',
    'connect ECONNREFUSED ::1:5432',
    'thr_0123456789 msg_0123456789 cksess_0123',
  ]) {
    expect(scrub(text)).toBe(text);
  }
});
