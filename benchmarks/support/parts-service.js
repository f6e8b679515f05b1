/**
 * What the named parts alone cost: Fastify, @fastify/cors and the OpenAI SDK over the service's connections to OpenAI,
 * with one log line for each request; no identity, no limits, no metrics, no security headers. Built first.
 */
import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import Fastify, { LogController } from 'fastify';
import OpenAI from 'openai';
import { createUpstreamFetch } from '../../server/dist/http/upstream-fetch.js';

const { fetch } = createUpstreamFetch(5000, {});
const client = new OpenAI({ fetch, maxRetries: 0, logLevel: 'off' });
const app = Fastify({
  logger: { level: 'info', stream: { write() {} } },
  logController: new LogController({ disableRequestLogging: true }),
});
app.addHook('onResponse', (request, { statusCode, elapsedTime }, done) => {
  request.log.info({ req: request, statusCode, ms: Math.round(elapsedTime) }, 'answered');
  done();
});
await app.register(cors, { origin: [process.env['ALLOWED_ORIGINS']], credentials: true });
app.post('/api/chatkit/sessions', async () => {
  const session = await client.beta.chatkit.sessions.create({
    user: randomUUID(),
    workflow: { id: 'wf_benchmark' },
  });
  return {
    client_secret: session.client_secret,
    session_id: session.id,
    expires_at: session.expires_at,
  };
});
console.log(`listening at ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
