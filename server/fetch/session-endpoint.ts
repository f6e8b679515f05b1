import { createSessionLimit, type MakeLimit } from '../http/limits.js';
import { wrongMethod } from '../http/methods.js';
import type { ReplyHeaders } from '../http/request.js';
import { answerOf } from '../problems.js';
import {
  createSessionService,
  sessionBodyBytes,
  sessionsPath,
  type SessionServiceOptions,
} from '../sessions/session-service.js';
import { readJson } from './body.js';
import type { HandlerReply, HandlerRequest } from './request.js';
import { parameterOf, type Endpoint } from './router.js';

export interface SessionEndpointOptions extends Omit<
  SessionServiceOptions<HandlerRequest, ReplyHeaders>,
  'limit'
> {
  readonly limit: MakeLimit<HandlerRequest>;
  readonly perMinute: number;
}

/** POST and DELETE of sessions. */
export function sessionEndpoint({
  limit,
  perMinute,
  ...options
}: SessionEndpointOptions): readonly Endpoint[] {
  const service = createSessionService<HandlerRequest, ReplyHeaders>({
    ...options,
    limit: createSessionLimit(limit, perMinute, options.onRefused),
  });
  const readsBody = options.authenticator.readsBody === true;

  /** Names the caller and reads the body, in the order that the authenticator needs. */
  async function receive(request: HandlerRequest, reply: HandlerReply): Promise<void> {
    if (!readsBody) await service.identify(request, reply);
    // No body at all is as good as {}, and what is not known is ignored.
    request.body = await readJson(request, {
      maxBytes: sessionBodyBytes,
      empty: '{}',
      poisoning: 'remove',
    });
    if (readsBody) await service.identify(request, reply);
  }

  const common = {
    headers: { 'cache-control': 'no-store' },
    refuse: (error: unknown, request: HandlerRequest) => answerOf(error, request.id, request.log),
  };
  return [
    {
      ...common,
      match: (path) => (path === sessionsPath ? '' : null),
      method: 'POST',
      wrongMethod: () => wrongMethod('POST'),
      allow: 'POST, OPTIONS',
      async answer(request, reply) {
        await receive(request, reply);
        return reply.json(200, await service.open(request, reply, request.source.signal));
      },
    },
    {
      ...common,
      match: (path) => parameterOf(sessionsPath, path),
      method: 'DELETE',
      wrongMethod: () => wrongMethod('DELETE'),
      allow: 'DELETE, OPTIONS',
      async answer(request, reply, id) {
        await receive(request, reply);
        await service.end(request, reply, id, request.source.signal);
        return reply.send(204, null);
      },
    },
  ];
}
