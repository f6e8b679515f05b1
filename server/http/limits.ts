import { createHmac } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Caller } from '../auth/authenticator.js';
import { deriveKeys } from '../derived-keys.js';
import { Problem } from '../problems.js';
import type { Limit as LimitName } from './metrics.js';
import type { IncomingRequest } from './request.js';

/** Told of each refusal. */
export type OnRefused = (limit: LimitName) => void;

/** An address may stand for a whole office. */
const addressFactor = 10;

/** The client's address; of IPv6 its /64 network, which one household or server has to itself. */
function addressOf({ ip }: IncomingRequest): string {
  // Unix sockets have no address, and neither has a client that is gone.
  if (ip === undefined) return 'local';
  if (!ipaddr.IPv6.isValid(ip)) return ip.toLowerCase();
  const address = ipaddr.IPv6.parse(ip);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::`;
}

type KeyOf<Request> = (request: Request) => string;

/** Counts a request, and returns null where it may go on, else the seconds to wait. */
export type Limit<Request> = (request: Request) => Promise<number | null>;

/** Makes limits of so many requests a minute for each key. */
export type MakeLimit<Request> = (max: number, keyOf: KeyOf<Request>) => Limit<Request>;

/** Hashes keys for a counter elsewhere, which need not know users and addresses. */
export function createKeyHash(secrets: readonly string[]): (key: string) => string {
  const [secret] = deriveKeys(secrets, 'keys of limits');
  if (secret === undefined) throw new RangeError('at least one secret');
  return (key) => createHmac('sha256', secret).update(key).digest('base64url');
}

/** What requests are answered that cannot be counted, where they are not served all the same. */
export const uncounted = (): Problem =>
  new Problem('overloaded', 'Requests cannot be counted right now. Try again.', { retryAfter: 2 });

/** Counts a request, and refuses it beyond a limit: throws the `Problem` `rate_limited`, with the time to wait. */
export type RateLimit<Request> = (request: Request, caller: Caller) => Promise<void>;

/**
 * So many a minute for a user, and ten times as many for an address. A caller without an identity of their own counts
 * as their address, so that throwing the identity away gains nothing. Each method is counted by itself: who opens many
 * sessions can still end them.
 */
function limitUsersAndAddresses<Request extends IncomingRequest>(
  limit: MakeLimit<Request>,
  what: 'sessions' | 'requests' | 'answers',
  perMinute: number,
  onRefused: OnRefused,
): RateLimit<Request> {
  const users = new WeakMap<Request, string>();
  // A user beyond the limit does not use up what their address may.
  const limits = [
    limit(perMinute, (request) => `${what} ${request.method} ${users.get(request) ?? ''}`),
    limit(
      perMinute * addressFactor,
      (request) => `${what} ${request.method} ${addressOf(request)}`,
    ),
  ];
  return async (request, caller) => {
    users.set(request, caller.isNew === true ? `new ${addressOf(request)}` : `user ${caller.user}`);
    for (const each of limits) {
      const retryAfter = await each(request);
      if (retryAfter === null) continue;
      onRefused(`${what}_per_minute`);
      const detail = 'Too many requests. Wait before asking again.';
      throw new Problem('rate_limited', detail, { retryAfter });
    }
  };
}

/** Sessions cost the operator money. */
export const createSessionLimit = <Request extends IncomingRequest>(
  limit: MakeLimit<Request>,
  perMinute: number,
  onRefused: OnRefused,
): RateLimit<Request> => limitUsersAndAddresses(limit, 'sessions', perMinute, onRefused);

/** With each answer, a chat reads its threads and their items, and tells what the visitor thinks of them. */
const requestsPerAnswer = 6;

export interface ChatLimits<Request> {
  /** For every request of a chat. */
  readonly request: RateLimit<Request>;
  /** For those that are answered by a model, which costs the operator money. */
  readonly answer: RateLimit<Request>;
}

/** @param perMinute answers of a user */
export const createChatLimits = <Request extends IncomingRequest>(
  limit: MakeLimit<Request>,
  perMinute: number,
  onRefused: OnRefused,
): ChatLimits<Request> => ({
  request: limitUsersAndAddresses(limit, 'requests', perMinute * requestsPerAnswer, onRefused),
  answer: limitUsersAndAddresses(limit, 'answers', perMinute, onRefused),
});

/** How much is under way by key. */
class Running {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string, change: 1 | -1): void {
    const count = this.of(key) + change;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

/**
 * So many answers at once for a user, and ten times as many for an address.
 *
 * @returns a function that counts an answer until its end, or throws the `Problem` `rate_limited`
 */
export function createConcurrencyLimit(perUser: number, onRefused: OnRefused) {
  const running = new Running();
  return (request: IncomingRequest, user: string, ended: Promise<void>): void => {
    const limits = [
      [`user ${user}`, perUser],
      [`address ${addressOf(request)}`, perUser * addressFactor],
    ] as const;
    if (limits.some(([key, max]) => running.of(key) >= max)) {
      onRefused('answers_at_once');
      throw new Problem('rate_limited', 'Too many answers at once. Wait for one to end.', {
        retryAfter: 5,
      });
    }
    for (const [key] of limits) running.add(key, 1);
    void ended.then(() => {
      for (const [key] of limits) running.add(key, -1);
    });
  };
}
