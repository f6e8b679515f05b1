/** A request that is refused: an HTTP status and a sentence for the developer. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Of the protocol, but not of this server. */
export const notOffered = (what: string): RequestError =>
  new RequestError(400, `${what} are not offered by this server.`);

/** For a responder to throw: ends the stream with an `error` event for which ChatKit has a text of its own. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code = 'stream.error';
  readonly allowRetry: boolean;

  constructor(options: { allowRetry?: boolean; cause?: unknown } = {}) {
    super('The answer failed.', { cause: options.cause });
    this.allowRetry = options.allowRetry ?? true;
  }
}

/** For a responder to throw: ends the stream with an `error` event that shows this message to the visitor. */
export class CustomStreamError extends Error {
  override readonly name = 'CustomStreamError';
  readonly code = 'custom';
  readonly allowRetry: boolean;

  /** @param message in the visitor's language; nothing in it may be secret */
  constructor(message: string, options: { allowRetry?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.allowRetry = options.allowRetry ?? false;
  }
}

/** Why an answer ends before its time although the client is still there: the reason of an aborted signal. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  constructor(reason: 'deadline' | 'shutdown') {
    super(reason === 'deadline' ? 'The answer took too long.' : 'The server is shutting down.');
  }
}
