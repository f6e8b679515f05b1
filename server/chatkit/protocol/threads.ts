import { Type, type Static, type TSchema } from 'typebox';
import { ThreadItem } from './items.js';
import { FreeData, Id, optional, Timestamp } from './shared.js';

/** Locked and closed tell the client to take no more messages; what the server does then is the responder's choice. */
export const ThreadStatus = Type.Union([
  Type.Object({ type: Type.Literal('active') }),
  Type.Object({ type: Type.Literal('locked'), reason: optional(Type.String()) }),
  Type.Object({ type: Type.Literal('closed'), reason: optional(Type.String()) }),
]);
export type ThreadStatus = Static<typeof ThreadStatus>;

const thread = {
  id: Id,
  title: optional(Type.String()),
  created_at: Timestamp,
  status: ThreadStatus,
  /** From where widgets may load images. */
  allowed_image_domains: optional(Type.Array(Type.String())),
  /** The application's own; stored, and never sent to a client. */
  metadata: FreeData,
};

export const ThreadMetadata = Type.Object(thread);
export type ThreadMetadata = Static<typeof ThreadMetadata>;

const pageOf = <T extends TSchema>(entry: T) =>
  Type.Object({
    data: Type.Array(entry),
    has_more: Type.Boolean(),
    /** What to send as `after` for the next page; only when there is one. */
    after: optional(Type.String()),
  });

export interface Page<T> {
  data: T[];
  has_more: boolean;
  after?: string;
}

export const ItemPage = pageOf(ThreadItem);

/** A thread as a client sees it. */
export const Thread = Type.Object({ ...thread, items: ItemPage });
export interface Thread extends ThreadMetadata {
  items: Page<ThreadItem>;
}

export const ThreadPage = pageOf(Thread);
