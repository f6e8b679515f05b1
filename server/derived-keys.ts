import { hkdfSync } from 'node:crypto';

/**
 * Keys for one purpose, derived from `SESSION_SECRET`, so that what is signed for one purpose never passes for
 * another.
 *
 * @param secrets the first one signs, all of them verify
 * @param purpose a fixed text, different for each use
 * @returns 32 bytes for each secret, in the same order
 */
export const deriveKeys = (secrets: readonly string[], purpose: string): Buffer[] =>
  secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', `taskpilot-chat ${purpose}`, 32)),
  );
