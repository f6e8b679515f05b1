import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'TRACE', 'DELETE'] as const;

/** Why a request is refused whose method its path does not take. */
export const wrongMethod = (taken: string): Problem =>
  new Problem('method_not_allowed', `This address takes ${taken} only.`);

/** What a path answers to methods that it has no route for: to OPTIONS what it takes, to others 405. */
export function completeMethods(
  app: FastifyInstance,
  path: string,
  taken: (typeof methods)[number],
): void {
  const allow = `${taken === 'GET' ? 'GET, HEAD' : taken}, OPTIONS`;
  const schema = { hide: true };
  app.options(path, { schema }, (_request, reply) => reply.header('allow', allow).code(204).send());
  const refuse = async (_request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', allow);
    throw wrongMethod(taken);
  };
  app.route({
    method: methods.filter((method) => method !== taken),
    url: path,
    schema,
    // Before the body is looked at.
    onRequest: refuse,
    handler: refuse,
  });
}
