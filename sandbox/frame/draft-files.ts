import type { ComposerOption } from '@openai/chatkit';
import { ProtocolError } from './protocol-client.js';
import type { UploadFile } from './uploads.js';
import type { Attachment } from './wire.js';

/** What the page admits: `composer.attachments` of ChatKit's options. */
export type FileLimits = Omit<NonNullable<ComposerOption['attachments']>, 'enabled'>;

export type DraftFileState =
  | { readonly kind: 'uploading'; readonly controller: AbortController }
  | { readonly kind: 'ready'; readonly attachment: Attachment }
  | { readonly kind: 'failed'; readonly message: string };

/** A file of the next message. */
export interface DraftFile {
  readonly key: string;
  readonly name: string;
  /** In bytes; null for one that the page has uploaded itself. */
  readonly size: number | null;
  /** URL of a picture; null for other files. */
  readonly picture: string | null;
  readonly state: DraftFileState;
}

export interface DraftFilesOptions {
  readonly limits: () => FileLimits;
  readonly upload: UploadFile;
  /** Deletes an attachment that was uploaded and is not sent. */
  readonly discard: (attachment: Attachment) => Promise<void>;
  readonly onChange: () => void;
}

const kilobyte = 1024;
/** ChatKit's defaults. Source: `ComposerOption` of `@openai/chatkit`. */
const defaultMaxSize = 100 * kilobyte ** 2;
const defaultMaxCount = 10;

/** A size in bytes, for people. */
export function sizeText(bytes: number): string {
  if (bytes < kilobyte) return `${bytes} bytes`;
  const inMegabytes = bytes >= kilobyte ** 2;
  const amount = bytes / (inMegabytes ? kilobyte ** 2 : kilobyte);
  const shown = amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount);
  return `${shown} ${inMegabytes ? 'MB' : 'KB'}`;
}

/** Whether a MIME type is of a pattern such as `image/*`. */
const isOfType = (pattern: string, type: string): boolean =>
  pattern.endsWith('/*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

function maxSizeOf(type: string, maxSize: FileLimits['maxSize']): number {
  if (typeof maxSize === 'number') return maxSize;
  const [, own] = Object.entries(maxSize ?? {}).find(([name]) => isOfType(name, type)) ?? [];
  return own ?? maxSize?.['*'] ?? maxSize?.[''] ?? defaultMaxSize;
}

const isAccepted = ({ name, type }: File, accept: FileLimits['accept']): boolean =>
  accept === undefined ||
  Object.entries(accept).some(
    ([pattern, endings]) =>
      isOfType(pattern, type) ||
      endings.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase())),
  );

/** Why the page does not admit a file, in a sentence for the visitor; null for one that it admits. */
function refusalOf(file: File, others: number, limits: FileLimits): string | null {
  const { accept, maxSize, maxCount = defaultMaxCount } = limits;
  if (others >= maxCount) {
    return `A message can have ${maxCount} ${maxCount === 1 ? 'file' : 'files'} at most.`;
  }
  if (!isAccepted(file, accept)) return 'Files of this type cannot be attached.';
  if (file.size === 0) return 'This file is empty.';
  const most = maxSizeOf(file.type, maxSize);
  return file.size > most ? `This file is larger than ${sizeText(most)}.` : null;
}

const pictureOf = (attachment: Attachment): string | null =>
  attachment.type === 'image' ? (attachment.preview_url ?? null) : null;

/** The files of the next message, which are uploaded as soon as they are chosen. */
export class DraftFiles {
  readonly #options: DraftFilesOptions;
  #list: readonly DraftFile[] = [];

  constructor(options: DraftFilesOptions) {
    this.#options = options;
  }

  get list(): readonly DraftFile[] {
    return this.#list;
  }

  get isUploading(): boolean {
    return this.#list.some(({ state }) => state.kind === 'uploading');
  }

  /** Those that a message would bring now. */
  get ready(): readonly Attachment[] {
    return this.#list.flatMap(({ state }) => (state.kind === 'ready' ? [state.attachment] : []));
  }

  add(files: Iterable<File>): void {
    for (const file of files) void this.#add(file);
  }

  /** Replaces all with attachments that the page has uploaded. */
  set(attachments: readonly Attachment[]): void {
    for (const { key } of this.#list) this.remove(key);
    this.#set(
      attachments.map((attachment) => ({
        key: crypto.randomUUID(),
        name: attachment.name,
        size: null,
        picture: pictureOf(attachment),
        state: { kind: 'ready', attachment },
      })),
    );
  }

  remove(key: string): void {
    const file = this.#list.find((each) => each.key === key);
    if (!file) return;
    release(file);
    this.#set(this.#list.filter((each) => each !== file));
    const { size, state } = file;
    if (state.kind === 'uploading') state.controller.abort();
    // What the page has uploaded is the page's to delete.
    else if (state.kind === 'ready' && size !== null) void this.#options.discard(state.attachment);
  }

  /** Empties the list for a message that brings what is ready. */
  take(): readonly Attachment[] {
    const { ready } = this;
    this.#list.forEach(release);
    this.#set([]);
    return ready;
  }

  async #add(file: File): Promise<void> {
    const others = this.#list.filter(({ state }) => state.kind !== 'failed').length;
    const message = refusalOf(file, others, this.#options.limits());
    const controller = new AbortController();
    const entry: DraftFile = {
      key: crypto.randomUUID(),
      name: file.name,
      size: file.size,
      picture:
        message === null && file.type.startsWith('image/') ? URL.createObjectURL(file) : null,
      state: message === null ? { kind: 'uploading', controller } : { kind: 'failed', message },
    };
    this.#set([...this.#list, entry]);
    if (message !== null) return;
    const state = await this.#upload(file, controller.signal);
    this.#set(this.#list.map((each) => (each.key === entry.key ? { ...each, state } : each)));
  }

  async #upload(file: File, signal: AbortSignal): Promise<DraftFileState> {
    try {
      return { kind: 'ready', attachment: await this.#options.upload(file, signal) };
    } catch (error) {
      const isKnown = error instanceof ProtocolError && error.kind === 'refused';
      return { kind: 'failed', message: isKnown ? error.message : 'The upload failed.' };
    }
  }

  #set(list: readonly DraftFile[]): void {
    this.#list = list;
    this.#options.onChange();
  }
}

/** Frees the memory of a picture that is shown from the visitor's own file. */
function release({ picture }: DraftFile): void {
  if (picture?.startsWith('blob:')) URL.revokeObjectURL(picture);
}
