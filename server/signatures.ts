import { sign, unsign } from 'cookie-signature';
import { deriveKeys } from './derived-keys.js';

/** Signs texts for one purpose. */
export interface Signer {
  /** The text with its signature. */
  sign(text: string): string;
  /** The text of what `sign` gave; undefined for anything else. */
  verify(signed: string | undefined): string | undefined;
}

/**
 * Signs with the first secret, and verifies with all of them, in constant time.
 *
 * @param purpose a fixed text: what is signed for one purpose never passes for another
 */
export function createSigner(secrets: readonly string[], purpose: string): Signer {
  const keys = deriveKeys(secrets, purpose);
  const [first] = keys;
  if (first === undefined) throw new RangeError('at least one secret');
  return {
    sign: (text) => sign(text, first),
    verify: (signed) =>
      signed === undefined
        ? undefined
        : keys.map((key) => unsign(signed, key)).find((text) => text !== false),
  };
}
