import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Handler } from './handler.js';

/** What Express and its kind add to a request of Node. */
interface FrameworkRequest extends IncomingMessage {
  /** The path of the request, where a router has cut off its mount point from `url`. */
  readonly originalUrl?: string;
  /** The client's address behind the proxies that the application trusts. */
  readonly ip?: string | undefined;
  /** `http` or `https`, behind the proxies that the application trusts. */
  readonly protocol?: string;
  /** What a parser before has made of the body, such as `express.json()`. */
  readonly body?: unknown;
}

/** Every header as it was sent: of two Authorization headers, Node's `headers` has the first only. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    // Of HTTP/2.
    if (!name.startsWith(':')) headers.append(name, value);
  }
  return headers;
}

function toRequest(incoming: FrameworkRequest, signal: AbortSignal): Request {
  const { method = 'GET', headers, socket, body } = incoming;
  const encrypted = 'encrypted' in socket && socket.encrypted === true;
  const protocol = incoming.protocol ?? (encrypted ? 'https' : 'http');
  const host = headers.host ?? 'localhost';
  const path = incoming.originalUrl ?? incoming.url ?? '/';
  const base = URL.canParse(`${protocol}://${host}`) ? `${protocol}://${host}` : 'http://localhost';
  const url = new URL(base + path);
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers;
  const hasBody = length !== '0' || encoding !== undefined;
  if (!hasBody || method === 'GET' || method === 'HEAD')
    return new Request(url, { method, headers: headersOf(incoming), signal });
  const wasRead = incoming.readableEnded && body !== undefined;
  return new Request(url, {
    method,
    headers: headersOf(incoming),
    signal,
    body: wasRead ? JSON.stringify(body) : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>),
    duplex: 'half',
  });
}

/**
 * A handler for `node:http` and the frameworks that are made of it, such as Express.
 *
 * @returns answers each request; mount it at the root, or behind `prefix`
 *
 * @example
 * const app = express();
 * app.use('/api/chatkit', toNodeHandler(createHandler(config)));
 */
export function toNodeHandler(
  handler: Handler,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  return async (incoming: FrameworkRequest, outgoing) => {
    const controller = new AbortController();
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) controller.abort();
    });
    const response = await handler(toRequest(incoming, controller.signal), {
      address: incoming.ip ?? incoming.socket.remoteAddress,
    });
    outgoing.statusCode = response.status;
    for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
    if (response.body === null) {
      outgoing.end();
      return;
    }
    outgoing.flushHeaders();
    const body = Readable.fromWeb(response.body);
    // A client that has gone also ends the body, which is no failure.
    await pipeline(body, outgoing).catch(() => outgoing.destroy());
  };
}
