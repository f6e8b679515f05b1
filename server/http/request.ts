import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What the service looks at in a request: Fastify's requests have it, and so do those of the fetch handler. */
export interface IncomingRequest {
  readonly method: string;
  readonly protocol: string;
  /** With the port, where it is not the protocol's own. */
  readonly host: string;
  /** Several headers of one name are one, as Node joins them. */
  readonly headers: IncomingHttpHeaders;
  /** The client's address, behind the proxies that are trusted; undefined where there is none. */
  readonly ip: string | undefined;
  /** Parsed, once it has been read. */
  readonly body: unknown;
  /** Names and values by turns, as they were sent. */
  readonly raw: { readonly rawHeaders: readonly string[] };
  /** The other side of the connection, which may be a proxy. */
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Where an answer's headers are added. */
export interface ReplyHeaders {
  header(name: string, value: string): unknown;
}

/** A request id from outside is taken over only if it is harmless in logs. */
export function requestId({
  headers,
}: {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}
