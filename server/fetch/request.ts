import { requestId, type IncomingRequest, type ReplyHeaders } from '../http/request.js';
import type { Log, LoggedRequest } from '../logging/request.js';

/** What a runtime tells of a request beside it. */
export interface HandlerContext {
  /** The client's address, as the connection or a trusted proxy tells it. */
  readonly address?: string | undefined;
  /**
   * Keeps the process until the work is done, such as an answer that goes on when its visitor reloads the page: of
   * Workers and Next.
   */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

/** A request of the platform, as the service looks at requests. */
export interface HandlerRequest extends IncomingRequest, LoggedRequest {
  readonly id: string;
  readonly path: string;
  readonly source: Request;
  body: unknown;
}

export function toHandlerRequest(
  source: Request,
  address: string | undefined,
  log: Log,
): HandlerRequest {
  const { protocol, host, pathname } = new URL(source.url);
  const headers: Record<string, string> = Object.fromEntries(source.headers);
  const id = requestId({ headers });
  return {
    id,
    method: source.method,
    protocol: protocol.slice(0, -1),
    host: headers['host'] ?? host,
    path: pathname,
    headers,
    ip: address,
    raw: { rawHeaders: Object.entries(headers).flat() },
    // Its address is not known: only AUTH=header needs it.
    socket: {},
    source,
    body: undefined,
    log: log.child({ reqId: id }),
  };
}

/** The headers of an answer, as they come together. */
export class HandlerReply implements ReplyHeaders {
  readonly headers: Headers;

  constructor(headers: [string, string][]) {
    this.headers = new Headers(headers);
  }

  header(name: string, value: string): this {
    if (name === 'set-cookie') this.headers.append(name, value);
    else this.headers.set(name, value);
    return this;
  }

  send(
    status: number,
    body: string | ReadableStream<Uint8Array> | null,
    headers: Readonly<Record<string, string>> = {},
  ): Response {
    for (const [name, value] of Object.entries(headers)) this.header(name, value);
    return new Response(body, { status, headers: this.headers });
  }

  json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response {
    return this.send(status, JSON.stringify(body), {
      'content-type': 'application/json; charset=utf-8',
      ...headers,
    });
  }
}
