import { createSigner, type Signer } from '../signatures.js';

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
  readonly #signer: Signer;
  readonly #now: () => number;

  /** @param secrets `SESSION_SECRET`: the first one signs, all of them verify */
  constructor(secrets: readonly string[], now: () => number) {
    this.#signer = createSigner(secrets, 'attachment url');
    this.#now = now;
  }

  /** @param expires milliseconds since 1970 */
  sign(file: SignedFile, expires: number): string {
    const text = textOf(file, expires);
    return new URLSearchParams({
      type: file.mimeType,
      size: String(file.size),
      expires: String(expires),
      // The text itself follows from the URL.
      signature: this.#signer.sign(text).slice(text.length + 1),
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
    const text = textOf(file, Number(expires));
    const isOurs = this.#signer.verify(`${text}.${signature}`) === text;
    return isOurs && Number(expires) > this.#now() ? file : null;
  }
}
