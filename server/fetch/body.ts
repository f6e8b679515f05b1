import secureJson from 'secure-json-parse';
import { decodeJsonBody } from '../chatkit/json-body.js';
import type { HandlerRequest } from './request.js';

export interface BodyOptions {
  readonly maxBytes: number;
  /** What no body at all stands for; it is refused without. */
  readonly empty?: string;
  /** What happens to a body with `__proto__`. */
  readonly poisoning: 'error' | 'remove';
}

/** What Fastify throws for such a body, as far as the tables of problems look at it. */
const refused = (statusCode: 400 | 413 | 415, cause?: unknown): Error =>
  Object.assign(new Error('The body is refused.', { cause }), { statusCode });

async function readBytes(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) throw refused(413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The JSON body of a request, undefined where there is none. By hand, because `Request.json()` knows neither a limit
 * nor charsets, and keeps `__proto__`.
 *
 * @throws {ChatKitProblem} `unsupported_media_type`, or `bad_request`
 * @throws an error with `statusCode` 400, 413 or 415
 */
export async function readJson(
  { headers, source }: HandlerRequest,
  { maxBytes, empty, poisoning }: BodyOptions,
): Promise<unknown> {
  const { body } = source;
  const type = headers['content-type'];
  if (type === undefined && body === null) return undefined;
  if (type?.split(';')[0]?.trim().toLowerCase() !== 'application/json') throw refused(415);
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw refused(413);
  const bytes = body === null ? new Uint8Array() : await readBytes(body, maxBytes);
  const text = decodeJsonBody(headers, bytes);
  try {
    return secureJson.parse(text === '' && empty !== undefined ? empty : text, {
      protoAction: poisoning,
      constructorAction: poisoning,
    });
  } catch (error) {
    throw refused(400, error);
  }
}
