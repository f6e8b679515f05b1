import type { SwaggerOptions } from '@fastify/swagger';
import { Type } from 'typebox';
import { problemCodes, ProblemSchema, statusOf } from '../problems.js';

/** Codes that only the ChatKit server answers with. */
const ofChatKit: readonly string[] = ['storage_quota_exceeded', 'idempotency_key_reused'];

/** How failures are described, by status. */
export const problems = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: problemCodes
          .filter((code) => statusOf(code) === status && !ofChatKit.includes(code))
          .join(', '),
        content: { 'application/problem+json': { schema: ProblemSchema } },
      },
    ]),
  );

/**
 * Credentials by route. Not in the schemas of the routes: in the document of an application that mounts the service,
 * @fastify/swagger fails on names that the application does not define.
 */
const security: readonly (readonly [url: RegExp, schemes: Record<string, string[]>[]])[] = [
  // Nobody known, a visitor, or a user whose token the page has.
  [/\/api\/chatkit\/sessions(?:\/.*)?$/, [{}, { visitor: [] }, { user: [] }]],
  [/\/api\/chatkit(?:\/requests\/.*)?$/, [{ session: [] }]],
  [/\/metrics$/, [{}, { metrics: [] }]],
];

const chatKitFailures = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: problemCodes.filter((code) => statusOf(code) === status).join(', '),
        content: {
          'application/json': {
            schema: Type.Intersect([ProblemSchema, Type.Object({ message: Type.String() })]),
          },
        },
      },
    ]),
  );

/** The ChatKit server checks its requests itself, and works without this document. */
const chatKitRoutes: Readonly<Record<string, object>> = {
  POST: {
    headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String()) }),
    body: Type.Object(
      {
        type: Type.String({ description: 'The request, such as threads.create' }),
        params: Type.Optional(Type.Object({})),
        metadata: Type.Optional(Type.Object({})),
      },
      { description: 'A request of the ChatKit protocol; see docs/protocol.md' },
    ),
    response: {
      200: {
        description: 'JSON, or a stream of events, by the type of the request',
        content: {
          'application/json': { schema: Type.Object({}) },
          'text/event-stream': { schema: Type.String() },
        },
      },
      ...chatKitFailures(400, 401, 403, 404, 413, 415, 422, 429, 500, 503),
    },
  },
  DELETE: {
    params: Type.Object({ key: Type.String({ description: 'The Idempotency-Key' }) }),
    response: {
      204: Type.Null({ description: 'There is no such answer any more' }),
      ...chatKitFailures(400, 401, 403, 404, 415, 429, 500, 503),
    },
  },
};

/** The document at /openapi.json. */
export const openApi: SwaggerOptions = {
  openapi: {
    openapi: '3.0.3',
    info: { title: 'TaskPilot Chat', version: '1' },
    components: {
      securitySchemes: {
        visitor: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-taskpilot-visitor',
          description: 'AUTH=anonymous: the cookie of an earlier answer',
        },
        user: { type: 'http', scheme: 'bearer', description: 'AUTH=jwt: the token of the user' },
        session: {
          type: 'http',
          scheme: 'bearer',
          description: 'The `client_secret` of a self-hosted session',
        },
        metrics: { type: 'http', scheme: 'bearer', description: 'METRICS_TOKEN' },
      },
    },
  },
  transform: ({ schema, url, route }) => {
    const isChatKit = /\/api\/chatkit(?:\/requests\/.*)?$/.test(url);
    const described = isChatKit ? chatKitRoutes[String(route.method)] : undefined;
    // The router's wildcard has no name.
    const [, schemes] = security.find(([path]) => path.test(url)) ?? [];
    const secured = schemes && { security: schemes };
    return { schema: { ...schema, ...described, ...secured }, url: url.replace(/\*$/, ':key') };
  },
};
