import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, toProblem } from '../problems.js';
import { RequestError } from './errors.js';
import { NotFoundError } from './store.js';

/** The problem that an error of this endpoint is; what nobody expected stays without detail. */
function problemOf(error: unknown, bodyLimit: number): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof RequestError) return new Problem('bad_request', error.message);
  if (error instanceof NotFoundError) {
    return new Problem('not_found', 'There is no such thread or item.');
  }
  switch ((error as Partial<FastifyError>).statusCode) {
    case 400:
      return new Problem('bad_request', 'The body is not JSON.');
    case 401:
      return new Problem('unauthenticated', 'Nobody is known who asks this.');
    case 413:
      return new Problem('payload_too_large', `The body may have ${bodyLimit} bytes at most.`);
    case 415:
      return new Problem('unsupported_media_type', 'Send JSON: content-type: application/json.');
    default:
      return toProblem(error);
  }
}

/**
 * Sends an error as ChatKit reads it, in a JSON field `message`, beside the fields of a problem document.
 * ChatKit repeats a request after a 5xx, and gives up after a 4xx.
 */
export function sendChatKitError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  bodyLimit: number,
): FastifyReply {
  const problem = problemOf(error, bodyLimit);
  const { code, status } = problem;
  if (status >= 500) request.log.error({ code, err: problem.cause }, problem.message);
  else request.log.info({ code }, problem.message);
  if (problem.retryAfter !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(problem.retryAfter))));
  }
  if (code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json')
    .send({ message: problem.message, ...problem.body(request.id) });
}
