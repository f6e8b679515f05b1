import type { IncomingHttpHeaders } from 'node:http';

/** What origins and log-ins look at in a request: Fastify's requests have it, and so do those of the fetch handler. */
export interface IncomingRequest {
  readonly protocol: string;
  /** With the port, where it is not the protocol's own. */
  readonly host: string;
  /** Several headers of one name are one, as Node joins them. */
  readonly headers: IncomingHttpHeaders;
  /** Parsed, once it has been read. */
  readonly body: unknown;
  /** Names and values by turns, as they were sent. */
  readonly raw: { readonly rawHeaders: readonly string[] };
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Where an answer's headers are added. */
export interface ReplyHeaders {
  header(name: string, value: string): unknown;
}
