import { join } from 'node:path';
import type { Store } from '../chatkit/index.js';
import type { Config } from '../config.js';
import type { Fetch } from '../http/upstream-fetch.js';
import { Attachments } from './attachments.js';
import type { BlobStore } from './blobs.js';
import { DiskBlobs } from './disk-blobs.js';
import { S3Blobs } from './s3-blobs.js';
import { SignedUrls } from './signed-urls.js';

/** Attachments as the configuration wants them. */
export interface ConfiguredAttachments {
  readonly attachments: Attachments;
  /** Where this service receives and shows the bytes itself. */
  readonly disk: { readonly blobs: DiskBlobs; readonly urls: SignedUrls } | null;
  /** Of one file, in bytes. */
  readonly maxBytes: number;
}

/** The part of the configuration that is about files. */
export type AttachmentsConfig = Pick<
  Config,
  'attachments' | 'storedMaxBytes' | 'sessionSecrets' | 'dataDir' | 'publicUrl'
>;

export interface AttachmentDependencies {
  readonly store: Store;
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** @returns null when they are switched off */
export function configureAttachments(
  config: AttachmentsConfig,
  { store, fetch, now, onError }: AttachmentDependencies,
): ConfiguredAttachments | null {
  const { where, maxBytes, s3 } = config.attachments;
  if (where === 'off') return null;
  const limits = { ...config.attachments, storedMaxBytes: config.storedMaxBytes };
  const keptIn = (blobs: BlobStore) => new Attachments({ store, blobs, limits, now, onError });
  if (s3 !== null) {
    return { attachments: keptIn(new S3Blobs({ ...s3, fetch })), disk: null, maxBytes };
  }
  const urls = new SignedUrls(config.sessionSecrets, now);
  const folder = join(config.dataDir, 'attachments');
  const blobs = new DiskBlobs({ folder, urls, publicUrl: config.publicUrl, now });
  return { attachments: keptIn(blobs), disk: { blobs, urls }, maxBytes };
}
