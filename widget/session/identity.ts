import { pageStorage, readStored, writeStored } from '../storage.js';

const resetKey = 'taskpilot-chat:reset';

/** FNV-1a of 32 bits: tells the users of one browser apart, and is too short to give a user's key away. */
function hash(text: string): string {
  let sum = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) sum = Math.imul(sum ^ byte, 0x01000193);
  return (sum >>> 0).toString(36);
}

/** Issuer and subject of a JWT, without verification; undefined for any other token. */
function subjectOf(token: string): string | undefined {
  try {
    const payload = token.split('.')[1] ?? '';
    const { iss, sub } = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as {
      iss?: unknown;
      sub?: unknown;
    };
    return sub ? JSON.stringify([iss, sub]) : undefined;
  } catch {
    return undefined;
  }
}

/** Changes at each `resetSession()` of any tab, so that nothing from before belongs to anybody. */
const resetCount = (): unknown =>
  (readStored(pageStorage('local'), resetKey) as { count?: unknown }).count ?? 0;

/** Makes all identities of this browser new ones, for tabs and pages that are not there to hear of the reset, too. */
export function renewIdentities(): void {
  writeStored(pageStorage('local'), resetKey, { count: Date.now() + Math.random() });
}

/**
 * A short hash of who uses the page: all that the browser keeps belongs to one identity.
 *
 * @param user key of the logged-in user, which wins over the token
 * @param token what `getAuthToken` gives: a JWT names its user
 * @param page names the page load; the identity of a token that does not name its user
 */
export function identityOf(user: unknown, token?: string, page?: string): string {
  const who = user ? ['user', user] : token ? ['token', subjectOf(token) ?? page] : [];
  return hash(JSON.stringify([resetCount(), ...who]));
}
