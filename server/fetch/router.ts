import { withinRequest, type Log } from '../logging/request.js';
import {
  createOriginReport,
  originRefusal,
  type AllowedOrigin,
  type OriginCheck,
} from '../http/origin-check.js';
import { answerOf, Problem } from '../problems.js';
import type { RefusalAnswer } from '../chatkit/refusal.js';
import { securityHeaders } from '../http/security-headers.js';
import { addCorsHeaders } from './headers.js';
import {
  HandlerReply,
  toHandlerRequest,
  type HandlerContext,
  type HandlerRequest,
} from './request.js';

/** A path with the one method that it takes. */
export interface Endpoint {
  /** What stands in the place of a path's parameter, '' where it has none; null for another path. */
  readonly match: (path: string) => string | null;
  readonly method: 'POST' | 'DELETE';
  /** Headers of all its answers. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly wrongMethod: () => Error;
  /** Of an answer to another method. */
  readonly allow: string;
  /** How a failure is answered. */
  readonly refuse: (error: unknown, request: HandlerRequest) => RefusalAnswer;
  readonly answer: (
    request: HandlerRequest,
    reply: HandlerReply,
    parameter: string,
    context: HandlerContext,
  ) => Promise<Response>;
}

export interface RouterOptions {
  readonly prefix: string;
  readonly production: boolean;
  readonly allowedOrigins: readonly AllowedOrigin[];
  readonly checkOrigin: OriginCheck;
  readonly endpoints: readonly Endpoint[];
  readonly log: Log;
}

/** The router of Fastify takes no longer ones. */
const maxParameterLength = 100;

/** The parameter at the end of a path below `parent`. */
export function parameterOf(parent: string, path: string): string | null {
  if (!path.startsWith(`${parent}/`)) return null;
  const text = path.slice(parent.length + 1);
  if (text === '' || text.includes('/') || text.length > maxParameterLength) return null;
  return decode(text);
}

/** @throws an error with `statusCode` 400, as Fastify does */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw Object.assign(new Error('The path cannot be decoded.', { cause: error }), {
      statusCode: 400,
    });
  }
}

const nowhere = (): Problem => new Problem('not_found', 'There is nothing at this address.');

/** Answers requests; never rejects. */
export type Router = (
  request: Request,
  address: string | undefined,
  context: HandlerContext,
) => Promise<Response>;

/** Answers each request by its endpoint, as the routes of Fastify do. */
export function createRouter(options: RouterOptions): Router {
  const { prefix, checkOrigin, allowedOrigins, endpoints, log } = options;
  const secured = Object.entries(securityHeaders(options.production));
  const report = createOriginReport();

  function find(path: string) {
    if (!path.startsWith(prefix)) throw nowhere();
    for (const endpoint of endpoints) {
      const parameter = endpoint.match(path.slice(prefix.length));
      if (parameter !== null) return { endpoint, parameter };
    }
    throw nowhere();
  }

  const refusal = ({ status, headers, contentType, body }: RefusalAnswer, reply: HandlerReply) =>
    reply.json(status, body, { ...headers, 'content-type': `${contentType}; charset=utf-8` });

  const serve = async (
    request: HandlerRequest,
    reply: HandlerReply,
    context: HandlerContext,
  ): Promise<Response> => {
    let refuse: Endpoint['refuse'] = (error) => answerOf(error, request.id, request.log);
    try {
      const { endpoint, parameter } = find(request.path);
      const isPreflight = request.method === 'OPTIONS';
      if (!isPreflight) refuse = endpoint.refuse;
      for (const [name, value] of Object.entries(endpoint.headers ?? {})) reply.header(name, value);
      if (checkOrigin(request) === 'refused') {
        report(request.headers.origin, (line) => request.log.warn({}, line));
        throw originRefusal();
      }
      addCorsHeaders(request, reply, allowedOrigins);
      if (isPreflight) return reply.send(204, null, { allow: `${endpoint.method}, OPTIONS` });
      if (request.method !== endpoint.method) {
        reply.header('allow', endpoint.allow);
        throw endpoint.wrongMethod();
      }
      return await endpoint.answer(request, reply, parameter, context);
    } catch (error) {
      if (request.source.signal.aborted) {
        request.log.info({}, 'The caller went away before the answer.');
        return reply.send(499, null);
      }
      return refusal(refuse(error, request), reply);
    }
  };

  return (source, address, context) => {
    const request = toHandlerRequest(source, address, log);
    const reply = new HandlerReply(secured).header('x-request-id', request.id);
    return withinRequest(request, () => serve(request, reply, context));
  };
}
