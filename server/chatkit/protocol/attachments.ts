import { Type, type Static } from 'typebox';
import { FreeData, Id, optional } from './content.js';

/** Where a client sends the bytes of an attachment, and how. */
export const UploadDescriptor = Type.Object({
  url: Type.String(),
  method: Type.Union([Type.Literal('POST'), Type.Literal('PUT')]),
  headers: Type.Record(Type.String(), Type.String()),
});
export type UploadDescriptor = Static<typeof UploadDescriptor>;

const fields = {
  id: Id,
  name: Type.String(),
  mime_type: Type.String(),
  /** Only in the answer to `attachments.create`. */
  upload_descriptor: optional(UploadDescriptor),
  /** Set when a message has brought it. */
  thread_id: optional(Id),
  /** Data of the application: stored, and never sent to a client. */
  metadata: optional(FreeData),
};

/** A file of a message. `preview_url` expires, so it is sent and not stored. */
export const Attachment = Type.Union([
  Type.Object({ type: Type.Literal('file'), ...fields }),
  Type.Object({ type: Type.Literal('image'), ...fields, preview_url: optional(Type.String()) }),
]);
export type Attachment = Static<typeof Attachment>;
