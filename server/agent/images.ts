import type { GeneratedImageItem } from '../chatkit/index.js';
import type { ItemOptions } from './messages.js';

/**
 * Stores a generated image.
 *
 * @param base64 the image
 * @param format such as `png`
 * @returns the URL that the page loads it from
 *
 * @example
 * const storeImage: StoreImage = async (base64, format) => {
 *   const name = `${randomUUID()}.${format}`;
 *   await bucket.put(name, Buffer.from(base64, 'base64'));
 *   return `https://images.example.com/${name}`;
 * };
 */
export type StoreImage = (base64: string, format: string) => Promise<string>;

/** The default: a `data:` URL, which is stored with the thread and makes it large. */
export const imageAsDataUrl: StoreImage = (base64, format) =>
  Promise.resolve(`data:image/${format};base64,${base64}`);

export interface ImagesOptions extends ItemOptions {
  readonly storeImage: StoreImage;
}

const formats = ['png', 'jpeg', 'webp'];

/** The generated images of an answer, by the model's id of the call. */
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

  /** Shows an unfinished image, which is not stored. */
  preview(key: string, base64: string, format?: string): void {
    const item = this.begin(key);
    this.#options.emit({
      type: 'thread.item.updated',
      item_id: item.id,
      update: {
        type: 'generated_image.updated',
        image: { id: item.id, url: `data:image/${formatOf(format)};base64,${base64}` },
      },
    });
  }

  /** @param base64 null when the generation failed */
  async end(key: string, base64: string | null, format?: string): Promise<void> {
    const item = this.begin(key);
    this.#open.delete(key);
    if (base64 === null) {
      this.#options.emit({ type: 'thread.item.removed', item_id: item.id });
      return;
    }
    const url = await this.#options.storeImage(base64, formatOf(format));
    this.#options.emit({
      type: 'thread.item.done',
      item: { ...item, image: { id: item.id, url } },
    });
  }
}

const formatOf = (format: string | undefined): string =>
  formats.find((name) => name === format) ?? 'png';
