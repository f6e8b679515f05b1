import { Type, type Static, type TSchema } from 'typebox';
import {
  Action,
  FreeData,
  Id,
  nullable,
  optional,
  StructuredInputSubmission,
  UserMessageInput,
} from './content.js';

const paging = {
  /** Null and 0 mean the default, 20. */
  limit: nullable(Type.Integer({ minimum: 0 })),
  order: optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
  after: nullable(Id),
};

const customAction = { thread_id: Id, item_id: nullable(Id), action: Action };

const request = <Name extends string, Params extends TSchema>(name: Name, params: Params) =>
  Type.Object({ type: Type.Literal(name), params, metadata: optional(FreeData) });

/** Answered with a stream of events. */
export const streamingRequestSchemas = {
  'threads.create': request('threads.create', Type.Object({ input: UserMessageInput })),
  'threads.add_user_message': request(
    'threads.add_user_message',
    Type.Object({ thread_id: Id, input: UserMessageInput }),
  ),
  'threads.add_client_tool_output': request(
    'threads.add_client_tool_output',
    Type.Object({ thread_id: Id, result: Type.Unknown() }),
  ),
  'threads.add_structured_input': request(
    'threads.add_structured_input',
    Type.Object({ thread_id: Id, item_id: Id, input: StructuredInputSubmission }),
  ),
  'threads.retry_after_item': request(
    'threads.retry_after_item',
    Type.Object({ thread_id: Id, item_id: Id }),
  ),
  'threads.custom_action': request('threads.custom_action', Type.Object(customAction)),
} as const;

/** Answered with JSON. */
export const plainRequestSchemas = {
  'threads.get_by_id': request('threads.get_by_id', Type.Object({ thread_id: Id })),
  'threads.list': request('threads.list', Type.Object(paging)),
  'threads.update': request(
    'threads.update',
    Type.Object({ thread_id: Id, title: Type.String({ maxLength: 1000 }) }),
  ),
  'threads.delete': request('threads.delete', Type.Object({ thread_id: Id })),
  'threads.sync_custom_action': request('threads.sync_custom_action', Type.Object(customAction)),
  'items.list': request('items.list', Type.Object({ thread_id: Id, ...paging })),
  'items.feedback': request(
    'items.feedback',
    Type.Object({
      thread_id: Id,
      item_ids: Type.Array(Id, { maxItems: 100 }),
      kind: Type.Union([Type.Literal('positive'), Type.Literal('negative')]),
    }),
  ),
  'attachments.create': request(
    'attachments.create',
    Type.Object({
      name: Type.String({ maxLength: 1000 }),
      size: Type.Integer({ minimum: 0 }),
      mime_type: Type.String({ maxLength: 255 }),
    }),
  ),
  'attachments.delete': request('attachments.delete', Type.Object({ attachment_id: Id })),
  'input.transcribe': request(
    'input.transcribe',
    Type.Object({ audio_base64: Type.String(), mime_type: Type.String({ maxLength: 255 }) }),
  ),
} as const;

/** The protocol's sixteen requests. */
export const requestSchemas = { ...streamingRequestSchemas, ...plainRequestSchemas } as const;

export type StreamingRequest = Static<
  (typeof streamingRequestSchemas)[keyof typeof streamingRequestSchemas]
>;
export type PlainRequest = Static<(typeof plainRequestSchemas)[keyof typeof plainRequestSchemas]>;
export type ChatKitRequest = StreamingRequest | PlainRequest;
export type RequestType = ChatKitRequest['type'];
/** The `params` of the request of a type. */
export type ParamsOf<Name extends RequestType> = Extract<ChatKitRequest, { type: Name }>['params'];
export type FeedbackKind = Static<(typeof plainRequestSchemas)['items.feedback']>['params']['kind'];

/** Whether the answer is a stream of events. */
export const isStreaming = (request: ChatKitRequest): request is StreamingRequest =>
  request.type in streamingRequestSchemas;
