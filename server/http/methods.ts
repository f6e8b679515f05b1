import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';

/** The methods that the router knows, without those that Fastify answers by itself or that tell what a path takes. */
const otherMethods = (app: FastifyInstance, taken: string): string[] =>
  app.supportedMethods.filter((method) => !['HEAD', 'OPTIONS', taken].includes(method));

/** Why a request is refused whose method its path does not take. */
export const wrongMethod = (taken: string): Problem =>
  new Problem('method_not_allowed', `This address takes ${taken} only.`);

/** What a path answers to methods that it has no route for: to OPTIONS what it takes, to others 405. */
export function completeMethods(
  app: FastifyInstance,
  path: string,
  taken: 'GET' | 'POST' | 'DELETE',
): void {
  const allow = `${taken === 'GET' ? 'GET, HEAD' : taken}, OPTIONS`;
  const schema = { hide: true };
  app.options(path, { schema }, (_request, reply) => reply.header('allow', allow).code(204).send());
  const refuse = async (_request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', allow);
    throw wrongMethod(taken);
  };
  app.route({
    method: otherMethods(app, taken),
    url: path,
    schema,
    // Before the body is looked at.
    onRequest: refuse,
    handler: refuse,
  });
}
