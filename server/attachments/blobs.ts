import type { AttachmentContext, UploadDescriptor } from '../chatkit/index.js';

/** A file whose bytes are to come. */
export interface FileInfo {
  readonly id: string;
  readonly mimeType: string;
  /** In bytes. */
  readonly size: number;
}

/** The bytes of attachments by their ids. Who may read them is decided by the records in the database. */
export interface BlobStore {
  /** Where a client sends the bytes: a URL that is valid for `uploadTtlMs`, for this file alone. */
  uploadTarget(file: FileInfo, context: AttachmentContext): Promise<UploadDescriptor>;
  /** A URL that shows the bytes for about an hour. */
  previewUrl(file: Omit<FileInfo, 'size'>, context: AttachmentContext): Promise<string>;
  write(file: FileInfo, bytes: Uint8Array): Promise<void>;
  /** The size and the first bytes; null when there are none. */
  peek(id: string): Promise<{ readonly size: number; readonly start: Uint8Array } | null>;
  /** Null when there are none, or more than `maxBytes`. */
  read(id: string, maxBytes: number): Promise<Uint8Array | null>;
  /** Also when there are none. */
  delete(id: string): Promise<void>;
}

/** How long an upload may be begun, in milliseconds. */
export const uploadTtlMs = 10 * 60_000;

/** How many first bytes `peek` gives. */
export const peekBytes = 512;

/** How previews are served: they are content of visitors, and must never run as a page. */
export const previewHeaders = {
  'cache-control': 'private, max-age=3600, immutable',
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
