import { ChatKitProblem, isHttpProblem, RequestError, type HttpProblem } from './errors.js';
import { NotFoundError } from './store.js';

/** An error as it is answered, whatever carries the answer. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: object;
}

/** Where failures are logged. */
export interface FailureLog {
  error(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** Headers of every refusal. */
export function refusalHeaders({ code, retryAfter }: HttpProblem): Record<string, string> {
  return {
    ...(retryAfter !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) }),
    ...(code === 'unauthenticated' && { 'www-authenticate': 'Bearer' }),
    'cache-control': 'no-store',
  };
}

/** Why a request is refused whose method its path does not take. */
export const wrongMethod = {
  request: () => new ChatKitProblem('method_not_allowed', 'The ChatKit protocol uses POST.'),
  stop: () => new ChatKitProblem('method_not_allowed', 'An answer is stopped with DELETE.'),
};

/** Statuses of errors that Fastify throws, or an application's `authenticate`. */
function problemOfStatus(status: number, bodyLimit: number, cause: unknown): ChatKitProblem {
  switch (status) {
    case 401:
    case 403:
      return new ChatKitProblem('unauthenticated', 'The request has no valid credentials.');
    case 404:
      return new ChatKitProblem('not_found', 'There is nothing at this address.');
    case 405:
      return wrongMethod.request();
    case 413:
      return new ChatKitProblem(
        'payload_too_large',
        `The body may have ${bodyLimit} bytes at most.`,
      );
    case 415:
      return new ChatKitProblem(
        'unsupported_media_type',
        'Send JSON with content-type: application/json.',
      );
    case 429:
      return new ChatKitProblem('rate_limited', 'Too many requests. Wait before asking again.');
    default:
      if (status >= 400 && status < 500) {
        return new ChatKitProblem('bad_request', 'The body is not JSON.');
      }
      return new ChatKitProblem('internal_error', 'The service failed. Its log has the details.', {
        cause,
      });
  }
}

function toProblem(error: unknown, bodyLimit: number): HttpProblem {
  if (isHttpProblem(error)) return error;
  if (error instanceof RequestError) return new ChatKitProblem('bad_request', error.message);
  if (error instanceof NotFoundError) {
    return new ChatKitProblem('not_found', 'There is no such thread or item.');
  }
  // An application's `authenticate` may throw anything, undefined included.
  const { statusCode = 500 } = (error ?? {}) as { statusCode?: number };
  return problemOfStatus(statusCode, bodyLimit, error);
}

/**
 * An error as ChatKit reads it, with a JSON field `message` beside those of a problem document, and logged.
 * ChatKit repeats a request after a 5xx, and gives up after a 4xx.
 */
export function refuse(
  error: unknown,
  bodyLimit: number,
  requestId: string,
  log: FailureLog,
): RefusalAnswer {
  const problem = toProblem(error, bodyLimit);
  const { code, status } = problem;
  if (status >= 500) log.error({ code, err: problem.cause }, problem.message);
  else log.info({ code }, problem.message);
  return {
    status,
    headers: refusalHeaders(problem),
    contentType: 'application/json',
    body: { message: problem.message, ...problem.body(requestId) },
  };
}
