import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { ChatKitProblem, chatKitProblems, problemDocument } from './chatkit/errors.js';
import { refusalHeaders, type FailureLog, type RefusalAnswer } from './chatkit/refusal.js';

/** What the service answers when it fails: the codes of the public contract, each with its HTTP status. */
const table = {
  ...chatKitProblems,
  origin_not_allowed: [403, 'Origin not allowed', false],
  forbidden: [403, 'Forbidden', false],
  upstream_rejected: [502, 'OpenAI refused the request', false],
  workflow_unavailable: [502, 'Workflow unavailable', false],
  upstream_invalid_response: [502, 'Unusable answer from OpenAI', true],
  not_configured: [503, 'Not configured', false],
  upstream_unavailable: [503, 'OpenAI unavailable', true],
  storage_unavailable: [503, 'Storage unavailable', true],
  upstream_timeout: [504, 'No answer from OpenAI in time', true],
} as const satisfies Record<string, readonly [status: number, title: string, retryable: boolean]>;

export type ProblemCode = keyof typeof table;

export const problemCodes = Object.keys(table) as ProblemCode[];

export const statusOf = (code: ProblemCode): number => table[code][0];

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Stable identifier of the problem, a URN' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened and what to do, for a developer' }),
    code: Type.Enum(problemCodes),
    request_id: Type.String(),
    retryable: Type.Boolean({ description: 'Whether the same request can succeed later' }),
  },
  { title: 'Problem', description: 'RFC 9457 problem details' },
);
export type ProblemBody = Static<typeof ProblemSchema>;

/** An expected failure. `detail` goes to the caller: never put a key, a secret or a workflow id in it. */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** Seconds after which it makes sense to try again. */
  readonly retryAfter: number | undefined;
  /** HTTP status of OpenAI's answer, for the operator's log. */
  readonly upstreamStatus: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    options: { cause?: unknown; retryAfter?: number; upstreamStatus?: number } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.upstreamStatus = options.upstreamStatus;
  }

  get status(): number {
    return statusOf(this.code);
  }

  get retryable(): boolean {
    return table[this.code][2];
  }

  body(requestId: string): ProblemBody {
    return problemDocument(this.code, table[this.code], this.message, requestId);
  }
}

/** What Fastify throws, and what the log-in of an application that mounts the service may throw. */
const frameworkStatus: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  401: ['unauthenticated', 'The request names no valid user.'],
  403: ['unauthenticated', 'This user may not open sessions.'],
  404: ['not_found', 'There is nothing at this address.'],
  405: ['method_not_allowed', 'This address does not take this method.'],
  413: ['payload_too_large', 'The body may have 4096 bytes at most; send {}.'],
  414: ['not_found', 'There is nothing at this address.'],
  415: ['unsupported_media_type', 'Send JSON with content-type: application/json.'],
  429: ['rate_limited', 'Too many requests. Wait before asking again.'],
};

/** Maps whatever was thrown to a problem; what is not known is an internal error without detail. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ChatKitProblem) {
    const { code, message, cause, retryAfter } = error;
    return new Problem(code, message, { cause, ...(retryAfter !== undefined && { retryAfter }) });
  }
  // Whatever an application's own log-in throws, undefined included.
  const statusCode = (error as Partial<FastifyError> | null | undefined)?.statusCode;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const [code, detail] = frameworkStatus[statusCode] ?? [
      'bad_request',
      'The request is malformed; its body must be a JSON object, for example {}.',
    ];
    return new Problem(code, detail, { cause: error });
  }
  return new Problem('internal_error', 'The service failed. Its log has the details.', {
    cause: error,
  });
}

/** What is answered when a request has failed; the only place that turns an error into an answer, and logs it. */
export function answerOf(error: unknown, requestId: string, log: FailureLog): RefusalAnswer {
  const problem = toProblem(error);
  const { code, upstreamStatus } = problem;
  const entry = { code, upstreamStatus, err: problem.status >= 500 ? problem.cause : undefined };
  if (problem.status >= 500) log.error(entry, problem.message);
  else log.info(entry, problem.message);
  return {
    status: problem.status,
    headers: {
      ...refusalHeaders(problem),
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
    },
    contentType: 'application/problem+json',
    body: problem.body(requestId),
  };
}

/** Sends a problem. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, headers, contentType, body } = answerOf(error, request.id, request.log);
  return reply.code(status).headers(headers).type(contentType).send(body);
}

/** Why Node could not make a request of what came, where more can be told than that it is malformed. */
const unreadable: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not come in time.',
  HPE_HEADER_OVERFLOW: 'The headers of the request are too long.',
};

/** Answers what Node could not read, for which there is no reply, and hangs up. */
export function sendUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  // The connection is gone.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const detail = unreadable[error.code ?? ''] ?? 'The request is malformed.';
  const problem = new Problem('bad_request', detail);
  const requestId = randomUUID();
  const body = JSON.stringify(problem.body(requestId));
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${table[problem.code][1]}`,
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      'x-content-type-options: nosniff',
      `x-request-id: ${requestId}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(error),
  );
}
