import type { SwaggerOptions } from '@fastify/swagger';
import { Type } from 'typebox';
import { requestSchemas } from '../chatkit/index.js';
import { problemCodes, ProblemSchema, statusOf } from '../problems.js';

/** Codes that only the ChatKit server and the operator's page answer with. */
const ofOthers: readonly string[] = [
  'storage_quota_exceeded',
  'idempotency_key_reused',
  'forbidden',
];

/** How failures are described, by status. */
export const problems = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: problemCodes
          .filter((code) => statusOf(code) === status && !ofOthers.includes(code))
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
        description: problemCodes
          .filter((code) => statusOf(code) === status && code !== 'forbidden')
          .join(', '),
        content: {
          'application/json': {
            schema: Type.Intersect([ProblemSchema, Type.Object({ message: Type.String() })]),
          },
        },
      },
    ]),
  );

/** Attachments and transcriptions are of the protocol, but not offered unless they are switched on. */
const notOffered = ['attachments.create', 'attachments.delete', 'input.transcribe'];
const messages = ['threads.create', 'threads.add_user_message'];
const WithoutAttachments = Type.Object({
  params: Type.Object({
    input: Type.Object({
      content: Type.Array(Type.Object({}), {
        contains: Type.Object({ text: Type.String({ pattern: '\\S' }) }),
      }),
      attachments: Type.Array(Type.String(), { maxItems: 0 }),
    }),
  }),
});
const offeredRequests = Object.entries(requestSchemas)
  .filter(([type]) => !notOffered.includes(type))
  .map(([type, schema]) =>
    messages.includes(type) ? Type.Intersect([schema, WithoutAttachments]) : schema,
  );

/** What a reader gets of each event of a stream. */
const ServerSentEvent = Type.Object({
  data: Type.String({
    description: 'An event of the ChatKit protocol as JSON; see docs/protocol.md',
  }),
});

/** The ChatKit server checks its requests itself, and works without this document. */
const chatKitRoutes: Readonly<Record<string, object>> = {
  POST: {
    headers: Type.Object({
      'idempotency-key': Type.Optional(Type.String({ pattern: '^[!-~]{1,255}$' })),
    }),
    body: Type.Union(offeredRequests, {
      description: 'A request of the ChatKit protocol; see docs/protocol.md',
    }),
    response: {
      200: {
        description: 'JSON, or a stream of events, by the type of the request',
        content: {
          'application/json': { schema: Type.Object({}) },
          'text/event-stream': { schema: ServerSentEvent },
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
    openapi: '3.1.0',
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
  transformObject: (document) => {
    if (!('openapiObject' in document)) return document.swaggerObject;
    const { openapiObject } = document;
    // @fastify/swagger calls every body required.
    for (const item of Object.values(openapiObject.paths ?? {})) {
      const body = item?.delete?.requestBody;
      if (body !== undefined && 'content' in body) body.required = false;
    }
    return openapiObject;
  },
};
