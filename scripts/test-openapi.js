import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '@taskpilot-chat/sandbox';
import { buildApp, readConfig } from '@taskpilot-chat/server';
import { SignJWT } from 'jose';
import { run } from './run.js';

/**
 * Compares what the service does with what /openapi.json says, by requests that schemathesis makes up: with users of a
 * log-in, then with anonymous visitors. Needs `schemathesis` in PATH; further arguments go to it, such as `--seed 1`.
 */

const secret = randomBytes(32).toString('hex');
const metricsToken = randomBytes(16).toString('hex');
const userToken = await new SignJWT({})
  .setProtectedHeader({ alg: 'HS256' })
  .setSubject('ann')
  .setIssuer('issuer')
  .setAudience('audience')
  .setIssuedAt()
  .setExpirationTime('1h')
  .sign(Buffer.from(secret));

/** The log-ins, and how many requests are made up for each operation. */
const logIns = [
  {
    examples: 50,
    AUTH: 'jwt',
    AUTH_JWT_SECRET: secret,
    AUTH_ISSUER: 'issuer',
    AUTH_AUDIENCE: 'audience',
  },
  { examples: 30, AUTH: 'anonymous' },
];

const folder = await mkdtemp(join(tmpdir(), 'taskpilot-openapi-'));
const sandbox = await startSandbox({ port: 0 });
try {
  for (const { examples, ...logIn } of logIns) await test(logIn, examples);
} finally {
  await sandbox.close();
  await rm(folder, { recursive: true });
}

/**
 * @param {Record<string, string>} logIn
 * @param {number} examples
 */
async function test(logIn, examples) {
  const app = await buildApp(
    readConfig({
      ...logIn,
      CHATKIT_BACKENDS: 'self-hosted',
      OPENAI_BASE_URL: sandbox.base().apiBaseUrl,
      OPENAI_API_KEY: sandbox.apiKey,
      DATA_DIR: join(folder, String(logIn['AUTH'])),
      SESSION_SECRET: secret,
      METRICS_TOKEN: metricsToken,
      // Requests that are refused for their number would test nothing.
      RATE_LIMIT_PER_MINUTE: '100000',
      MESSAGE_LIMIT_PER_MINUTE: '100000',
      MESSAGE_MAX_CONCURRENT: '1000',
      SHUTDOWN_TIMEOUT_SECONDS: '0',
      LOG_LEVEL: 'error',
    }),
  );
  try {
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const opened = await fetch(`${url}/api/chatkit/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${userToken}`, 'content-type': 'application/json' },
      body: '{}',
    });
    const { client_secret: sessionToken } = /** @type {{ client_secret: string }} */ (
      await opened.json()
    );
    const args = ['--max-examples', String(examples), '--continue-on-failure'];
    await run('schemathesis', ['run', `${url}/openapi.json`, ...args, ...process.argv.slice(2)], {
      SESSION_TOKEN: sessionToken,
      USER_TOKEN: userToken,
      // Browsers alone keep a Secure cookie of a service on localhost.
      VISITOR_COOKIE: opened.headers.getSetCookie()[0]?.split(';')[0] ?? '',
      METRICS_TOKEN: metricsToken,
    });
  } finally {
    await app.close();
  }
}
