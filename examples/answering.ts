import type { FastifyInstance } from 'fastify';
import type { SessionAnswer } from '@taskpilot-chat/server';
import type { Backend } from './choices.js';

const path = '/examples/answering';
const sessionsPath = '/api/chatkit/sessions';
const maxKnown = 1000;

/**
 * Serves the backend of a session to the strip. Pages do not get to know it, so this reads the responses of the
 * service's session endpoint.
 */
export function answeringRoute(app: FastifyInstance): void {
  const known = new Map<string, Backend>();

  // A hook of the root instance also runs for plugins registered before.
  app.addHook('onSend', async (request, reply, payload) => {
    const isSession = request.method === 'POST' && request.routeOptions.url?.endsWith(sessionsPath);
    if (isSession !== true || reply.statusCode !== 200) return;
    const { session_id, api } = JSON.parse(payload as string) as SessionAnswer;
    const [oldest] = known.keys();
    if (known.size >= maxKnown && oldest !== undefined) known.delete(oldest);
    known.set(session_id, api ? 'self-hosted' : 'hosted');
  });

  const schema = {
    hide: true,
    querystring: { type: 'object', properties: { session: { type: 'string', maxLength: 200 } } },
  };
  app.get(path, { schema }, (request, reply) => {
    const { session = '' } = request.query as { session?: string };
    return reply
      .header('cache-control', 'no-store')
      .header('x-content-type-options', 'nosniff')
      .send({ backend: known.get(session) ?? null });
  });
}
