import type { GeneratedImageItem, NewId, ThreadStreamEvent } from '../chatkit/index.js';

/**
 * Where an image can be loaded from. The usual is a `data:` URL, which is stored with the thread: give a
 * function that puts the image elsewhere if your agent makes many.
 *
 * @param base64 the image
 * @param format such as `png`
 */
export type StoreImage = (base64: string, format: string) => Promise<string>;

export const imageAsDataUrl: StoreImage = (base64, format) =>
  Promise.resolve(`data:image/${format};base64,${base64}`);

export interface ImagesOptions {
  readonly threadId: string;
  readonly newId: NewId;
  readonly now: () => string;
  readonly emit: (event: ThreadStreamEvent) => void;
  readonly storeImage: StoreImage;
}

const formats = ['png', 'jpeg', 'webp'];

/** Images that the model makes, by the model's own name of the call. */
export class Images {
  readonly #options: ImagesOptions;
  readonly #open = new Map<string, GeneratedImageItem>();

  constructor(options: ImagesOptions) {
    this.#options = options;
  }

  begin(key: string): GeneratedImageItem {
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const { newId, now, threadId, emit } = this.#options;
    const item: GeneratedImageItem = {
      type: 'generated_image',
      id: newId('message'),
      thread_id: threadId,
      created_at: now(),
    };
    this.#open.set(key, item);
    emit({ type: 'thread.item.added', item: { ...item } });
    return item;
  }

  /** A sketch of what comes; it is shown, and not stored. */
  sketch(key: string, base64: string, format?: string): void {
    const item = this.begin(key);
    this.#options.emit({
      type: 'thread.item.updated',
      item_id: item.id,
      update: {
        type: 'generated_image.updated',
        image: { id: item.id, url: `data:image/${known(format)};base64,${base64}` },
      },
    });
  }

  /** @param base64 null when the image failed */
  async end(key: string, base64: string | null, format?: string): Promise<void> {
    const item = this.begin(key);
    this.#open.delete(key);
    if (base64 === null) {
      this.#options.emit({ type: 'thread.item.removed', item_id: item.id });
      return;
    }
    const url = await this.#options.storeImage(base64, known(format));
    this.#options.emit({
      type: 'thread.item.done',
      item: { ...item, image: { id: item.id, url } },
    });
  }
}

const known = (format: string | undefined): string =>
  formats.find((name) => name === format) ?? 'png';
