import type { FastifyInstance, FastifyRequest } from 'fastify';
import { directUploadRoute } from '../attachments/routes.js';
import { chatkitServer } from '../chatkit/index.js';
import { registerOrigins } from '../http/origins.js';
import type { AllowedOrigin, OriginCheck } from '../http/origin-check.js';
import { countRequests, type SharedCounters } from '../http/rate-limit.js';
import { withinRequest } from '../logging/request.js';
import type { SelfHosted } from './self-hosted.js';

export interface ChatKitRoutes {
  readonly selfHosted: SelfHosted;
  readonly checkOrigin: OriginCheck;
  /** Origins of other sites whose pages may ask. */
  readonly allowedOrigins: readonly AllowedOrigin[];
  /** Without it, this instance counts alone. */
  readonly sharedCounters: SharedCounters | undefined;
  readonly shutdownTimeoutMs: number;
}

/** The service's own ChatKit server, as an encapsulated plugin. */
export async function chatKitRoutes(app: FastifyInstance, options: ChatKitRoutes): Promise<void> {
  const { selfHosted, shutdownTimeoutMs } = options;
  await registerOrigins(app, options.checkOrigin, options.allowedOrigins);
  app.options('', { schema: { hide: true } }, (_request, reply) =>
    reply.header('allow', 'POST, OPTIONS').code(204).send(),
  );
  app.options('/requests/*', { schema: { hide: true } }, (_request, reply) =>
    reply.header('allow', 'DELETE, OPTIONS').code(204).send(),
  );
  app.addHook('preHandler', (request, _reply, done) => withinRequest(request, done));
  const access = selfHosted.access<FastifyRequest>(
    await countRequests(app, options.sharedCounters),
  );
  if (selfHosted.attachments !== null) {
    const { authenticate } = access;
    await app.register(directUploadRoute, { ...selfHosted.attachments, authenticate });
  }
  await app.register(chatkitServer, {
    ...selfHosted.serverOptions,
    ...access,
    path: '',
    shutdownTimeoutMs,
  });
}
