import { createHash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { bearerToken } from '../auth/index.js';
import { addressOf } from '../http/address.js';
import type { IncomingRequest } from '../http/request.js';
import { Problem } from '../problems.js';

/** What a token allows: everything, or everything but deleting. */
export type Role = 'admin' | 'read';

/** Who is on the operator's page. */
export interface Operator {
  readonly role: Role;
  /** Which token it is, for the audit log: `admin`, `read-only 2`. */
  readonly name: string;
}

export interface AdminTokens {
  /** `ADMIN_TOKEN` */
  readonly admin: readonly string[];
  /** `ADMIN_READ_TOKEN` */
  readonly read: readonly string[];
}

/** Wrong tokens of an address after which it has to wait, and for how long. */
const maxFailures = 10;
const waitSeconds = 60;
const rememberedAddresses = 20_000;
/** Beyond so many addresses that fail in a minute, refusals are not in the audit log: it must not grow at their will. */
const auditedAddresses = 100;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export interface AccessOptions {
  readonly tokens: AdminTokens;
  /** Told of the first wrong token of an address within a minute. */
  readonly onRefused: (request: IncomingRequest) => Promise<void>;
}

/**
 * Names the operator of a request by its bearer token.
 *
 * Own counting, because @fastify/rate-limit cannot ask for a count without adding to it: an address that has failed too
 * often is refused before its token is looked at, and one that has not failed is not counted.
 */
export function createAccess({ tokens, onRefused }: AccessOptions) {
  const known = (['admin', 'read'] as const).flatMap((role) =>
    tokens[role].map((token, index) => {
      const kind = role === 'admin' ? 'admin' : 'read-only';
      const name = index === 0 ? kind : `${kind} ${index + 1}`;
      return { operator: { role, name } satisfies Operator, digest: digest(token) };
    }),
  );
  const failures = new LRUCache<string, number>({
    max: rememberedAddresses,
    ttl: waitSeconds * 1000,
  });

  /** @throws {Problem} `unauthenticated`, or `rate_limited` after too many wrong tokens */
  return async (request: IncomingRequest): Promise<Operator> => {
    const address = addressOf(request);
    const failed = failures.get(address) ?? 0;
    if (failed >= maxFailures) {
      const detail = 'Too many wrong tokens from this address. Wait a minute.';
      throw new Problem('rate_limited', detail, { retryAfter: waitSeconds });
    }
    const token = bearerToken(request);
    const sent = digest(token ?? '');
    // All of them, and digests of equal length: the time tells nothing of the tokens.
    const matching = known.filter((entry) => timingSafeEqual(entry.digest, sent));
    const [match] = matching;
    if (match !== undefined) return match.operator;
    if (token !== undefined) {
      failures.set(address, failed + 1);
      if (failed === 0 && failures.size <= auditedAddresses) await onRefused(request);
    }
    throw new Problem('unauthenticated', 'Send ADMIN_TOKEN as a bearer token.');
  };
}

/** @throws {Problem} `forbidden` for a read-only token */
export function assertMayDelete({ role }: Operator): void {
  if (role === 'admin') return;
  throw new Problem('forbidden', 'This token is for reading only.');
}
