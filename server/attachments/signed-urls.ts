import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKeys } from '../derived-keys.js';

export type SignedAction = 'upload' | 'preview';

/** What a signed URL is for. */
export interface SignedFile {
  readonly action: SignedAction;
  readonly id: string;
  readonly mimeType: string;
  /** In bytes; 0 for a preview. */
  readonly size: number;
}

const textOf = ({ action, id, mimeType, size }: SignedFile, expires: number): string =>
  JSON.stringify([action, id, mimeType, size, expires]);

/** URLs that are valid for one file and a time, without a credential that is good for more. */
export class SignedUrls {
  readonly #keys: readonly Buffer[];
  readonly #now: () => number;

  /** @param secrets `SESSION_SECRET`: the first one signs, all of them verify */
  constructor(secrets: readonly string[], now: () => number) {
    this.#keys = deriveKeys(secrets, 'attachment url');
    this.#now = now;
  }

  /** @param expires milliseconds since 1970 */
  sign(file: SignedFile, expires: number): string {
    const [key] = this.#keys;
    if (key === undefined) throw new RangeError('at least one secret');
    return new URLSearchParams({
      type: file.mimeType,
      size: String(file.size),
      expires: String(expires),
      signature: this.#mac(key, textOf(file, expires)).toString('base64url'),
    }).toString();
  }

  /** The file of a signed URL; null when it is not ours, is for something else, or has expired. */
  verify(
    action: SignedAction,
    id: string,
    query: Readonly<Record<string, unknown>>,
  ): SignedFile | null {
    const { type: mimeType, size, expires, signature } = query;
    if (typeof mimeType !== 'string' || typeof signature !== 'string') return null;
    const file = { action, id, mimeType, size: Number(size) };
    const given = Buffer.from(signature, 'base64url');
    const text = textOf(file, Number(expires));
    const isOurs = this.#keys.some((key) => {
      const expected = this.#mac(key, text);
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
    return isOurs && Number(expires) > this.#now() ? file : null;
  }

  #mac(key: Buffer, text: string): Buffer {
    return createHmac('sha256', key).update(text).digest();
  }
}
