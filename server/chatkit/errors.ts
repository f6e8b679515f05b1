/** A request that is refused, with an HTTP status and a sentence for the developer. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A part of the protocol that this server does not implement. */
export const notOffered = (what: string): RequestError =>
  new RequestError(400, `${what} are not offered by this server.`);

/** Thrown by a responder: ends the stream with an `error` event that ChatKit shows in its own words. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code = 'stream.error';
  readonly allowRetry: boolean;

  /** @param options.allowRetry whether ChatKit offers a retry, true by default */
  constructor(options: { allowRetry?: boolean; cause?: unknown } = {}) {
    super('The answer failed.', { cause: options.cause });
    this.allowRetry = options.allowRetry ?? true;
  }
}

/** Thrown by a responder: ends the stream with an `error` event that shows this message to the user. */
export class CustomStreamError extends Error {
  override readonly name = 'CustomStreamError';
  readonly code = 'custom';
  readonly allowRetry: boolean;

  /**
   * @param message in the user's language, without secrets
   * @param options.allowRetry whether ChatKit offers a retry, false by default
   */
  constructor(message: string, options: { allowRetry?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.allowRetry = options.allowRetry ?? false;
  }
}

const interruptions = {
  deadline: 'The answer took too long.',
  shutdown: 'The server is shutting down.',
  lease_lost: 'Another instance answers, or the thread has been deleted.',
} as const;

/** The reason of an aborted signal when the server ends an answer that its user has not stopped. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly code: keyof typeof interruptions;

  constructor(code: keyof typeof interruptions) {
    super(interruptions[code]);
    this.code = code;
  }
}

/** The failures of the ChatKit endpoint; each code has its HTTP status, title, and whether a retry can help. */
export const chatKitProblems = {
  bad_request: [400, 'Bad request', false],
  unauthenticated: [401, 'Unauthenticated', false],
  not_found: [404, 'Not found', false],
  method_not_allowed: [405, 'Method not allowed', false],
  payload_too_large: [413, 'Payload too large', false],
  storage_quota_exceeded: [413, 'Storage quota exceeded', false],
  unsupported_media_type: [415, 'Unsupported media type', false],
  idempotency_key_reused: [422, 'Idempotency key reused', false],
  rate_limited: [429, 'Too many requests', true],
  internal_error: [500, 'Internal error', true],
  overloaded: [503, 'Overloaded', true],
} as const satisfies Record<string, readonly [status: number, title: string, retryable: boolean]>;

export type ChatKitProblemCode = keyof typeof chatKitProblems;

/** An error that carries its own HTTP answer. Errors of this shape may be thrown by any class. */
export interface HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  /** In seconds, for `retry-after`. */
  readonly retryAfter?: number | undefined;
  /** The members of an RFC 9457 problem document. */
  body(requestId: string): object;
}

export const isHttpProblem = (error: unknown): error is HttpProblem =>
  error instanceof Error &&
  'status' in error &&
  'code' in error &&
  'body' in error &&
  typeof error.body === 'function';

/**
 * A refusal over HTTP, for `authenticate` and `admit` to throw. Its message is sent to the client.
 *
 * @example
 * throw new ChatKitProblem('rate_limited', 'Wait a little.', { retryAfter: 30 });
 */
export class ChatKitProblem extends Error implements HttpProblem {
  override readonly name = 'ChatKitProblem';
  readonly code: ChatKitProblemCode;
  readonly retryAfter: number | undefined;

  constructor(
    code: ChatKitProblemCode,
    detail: string,
    options: { cause?: unknown; retryAfter?: number } = {},
  ) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
  }

  get status(): number {
    return chatKitProblems[this.code][0];
  }

  body(requestId: string): object {
    return problemDocument(this.code, chatKitProblems[this.code], this.message, requestId);
  }
}

/** The document of RFC 9457 for a row of a table of problems: status, title, and whether a retry can help. */
export function problemDocument<Code extends string>(
  code: Code,
  [status, title, retryable]: readonly [number, string, boolean],
  detail: string,
  requestId: string,
) {
  return {
    type: `urn:taskpilot-chat:problem:${code}`,
    title,
    status,
    detail,
    code,
    request_id: requestId,
    retryable,
  };
}
