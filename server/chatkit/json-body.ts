import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { ChatKitProblem } from './errors.js';

const charsetOf = (contentType: string): string =>
  /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8';

/** Fatal: otherwise bytes that are no UTF-8 would be stored as U+FFFD. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a JSON body.
 *
 * @throws {ChatKitProblem} `unsupported_media_type` for another encoding, `bad_request` for bytes that are no UTF-8
 */
export function decodeJsonBody(
  headers: Pick<IncomingHttpHeaders, 'content-encoding' | 'content-type'>,
  body: Uint8Array,
): string {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers;
  if (encoding.toLowerCase() !== 'identity' || !['utf-8', 'utf8'].includes(charsetOf(type))) {
    const detail = 'Send JSON in UTF-8, without a content-encoding.';
    throw new ChatKitProblem('unsupported_media_type', detail);
  }
  try {
    return utf8.decode(body);
  } catch (error) {
    throw new ChatKitProblem('bad_request', 'The body is not UTF-8.', { cause: error });
  }
}

/**
 * Makes JSON in UTF-8, uncompressed, the only body that a scope takes. Fastify itself decodes every charset as UTF-8,
 * reads invalid UTF-8 as U+FFFD, and hands compressed bodies to the parser as they are.
 *
 * @param options - `empty` is what no body at all stands for; it is refused without
 * @throws {ChatKitProblem} from a route of the scope: `unsupported_media_type`, or `bad_request`
 */
export function acceptJsonOnly(app: FastifyInstance, { empty }: { empty?: string } = {}): void {
  // Names of prototypes are names that nobody knows, and ignored as such.
  const parse = app.getDefaultJsonParser('remove', 'remove');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const text = decodeJsonBody(request.headers, body as Buffer);
      void parse(request, text === '' && empty !== undefined ? empty : text, done);
    } catch (error) {
      done(error as Error);
    }
  });
}
