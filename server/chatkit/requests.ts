import { RequestError } from './errors.js';
import { Type, type Static, type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

const id = Type.String({ minLength: 1, maxLength: 200 });
const maxTextLength = 100_000;

const content = Type.Union([
  Type.Object({
    type: Type.Literal('input_text'),
    text: Type.String({ maxLength: maxTextLength }),
  }),
  Type.Object({
    type: Type.Literal('input_tag'),
    id,
    text: Type.String({ maxLength: maxTextLength }),
    data: Type.Record(Type.String(), Type.Unknown()),
    group: Type.Optional(Type.String()),
    interactive: Type.Boolean(),
  }),
]);

const input = Type.Object({
  content: Type.Array(content, { maxItems: 1000 }),
  attachments: Type.Optional(Type.Array(id, { maxItems: 100 })),
  quoted_text: Type.Optional(Type.Union([Type.String({ maxLength: maxTextLength }), Type.Null()])),
  inference_options: Type.Optional(
    Type.Object({
      tool_choice: Type.Optional(Type.Union([Type.Object({ id }), Type.Null()])),
      model: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
  ),
});

const paging = {
  limit: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 100 }), Type.Null()])),
  order: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
  after: Type.Optional(Type.Union([id, Type.Null()])),
};

const request = <Name extends string, Params extends TSchema>(name: Name, params: Params) =>
  Type.Object({
    type: Type.Literal(name),
    params,
    metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  });

const requests = {
  'threads.create': request('threads.create', Type.Object({ input })),
  'threads.add_user_message': request(
    'threads.add_user_message',
    Type.Object({ thread_id: id, input }),
  ),
  'threads.retry_after_item': request(
    'threads.retry_after_item',
    Type.Object({ thread_id: id, item_id: id }),
  ),
  'threads.get_by_id': request('threads.get_by_id', Type.Object({ thread_id: id })),
  'threads.list': request('threads.list', Type.Object(paging)),
  'threads.update': request(
    'threads.update',
    Type.Object({ thread_id: id, title: Type.String({ maxLength: 1000 }) }),
  ),
  'threads.delete': request('threads.delete', Type.Object({ thread_id: id })),
  'items.list': request('items.list', Type.Object({ thread_id: id, ...paging })),
  'items.feedback': request(
    'items.feedback',
    Type.Object({
      thread_id: id,
      item_ids: Type.Array(id, { maxItems: 100 }),
      kind: Type.Union([Type.Literal('positive'), Type.Literal('negative')]),
    }),
  ),
};

export type ChatKitRequest = {
  [Name in keyof typeof requests]: Static<(typeof requests)[Name]>;
}[keyof typeof requests];

const validators = new Map<string, Validator>(
  Object.entries(requests).map(([name, schema]) => [name, Compile(schema)]),
);

/** @throws {RequestError} 400 for what is not a request of the protocol */
export function parseRequest(body: unknown): ChatKitRequest {
  const { type } = (body ?? {}) as { type?: unknown };
  const validator = typeof type === 'string' ? validators.get(type) : undefined;
  if (validator === undefined) throw new RequestError(400, 'This request type is not known here.');
  if (!validator.Check(body)) {
    const [first] = validator.Errors(body);
    throw new RequestError(
      400,
      `Invalid request: ${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim(),
    );
  }
  return body as ChatKitRequest;
}
