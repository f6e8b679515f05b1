import { Compile, type Validator } from 'typebox/compile';
import { RequestError } from './errors.js';
import { cleanJson } from './json.js';
import { requestSchemas, streamingRequestSchemas } from './protocol/index.js';
import type { ChatKitRequest, StreamingRequest } from './protocol/index.js';

const validators = new Map<string, Validator>(
  Object.entries(requestSchemas).map(([type, schema]) => [type, Compile(schema)]),
);

/**
 * The request that a body is. What the schema does not know is ignored, as the reference does.
 *
 * @throws {RequestError} 400 for what is not a request of the protocol
 */
export function parseRequest(body: unknown): ChatKitRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RequestError(400, 'A request is a JSON object with "type" and "params".');
  }
  const { type } = body as { type?: unknown };
  const validator = typeof type === 'string' ? validators.get(type) : undefined;
  if (validator === undefined) {
    throw new RequestError(400, '"type" must name a request of the ChatKit protocol.');
  }
  const request = cleanJson(body);
  if (!validator.Check(request)) {
    const [first] = validator.Errors(request);
    const place = first?.instancePath.replaceAll('/', '.').slice(1) ?? '';
    throw new RequestError(
      400,
      `Invalid ${String(type)}: ${place || 'the body'} ${first?.message ?? 'is wrong'}.`,
    );
  }
  return request as ChatKitRequest;
}

/** Whether the answer is a stream of events. */
export const isStreaming = (request: ChatKitRequest): request is StreamingRequest =>
  request.type in streamingRequestSchemas;
