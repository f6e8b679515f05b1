import { createHmac } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { BackendName } from '../variables.js';
import { deriveKeys } from '../derived-keys.js';
import { redisPrefix } from '../redis.js';
import type { SessionStore, StoredSession } from './session-store.js';

interface Entry {
  /** Keyed hash: Redis is no place for names. */
  readonly user: string;
  readonly backend: BackendName;
  readonly expiresAt: number;
}

const sessionKey = (id: string) => `${redisPrefix}session:${id}`;
const cancelledKey = (id: string) => `${redisPrefix}cancelled:${id}`;

/** The sessions of all instances that share a Redis, which lets them expire by itself. */
export class RedisSessionStore implements SessionStore {
  readonly #redis: Redis;
  readonly #keys: readonly Buffer[];
  readonly #now: () => number;

  /**
   * @param secrets `SESSION_SECRET`: users are hashed with the first one, and found with all of them
   * @param now milliseconds since 1970
   */
  constructor(redis: Redis, secrets: readonly string[], now: () => number) {
    this.#redis = redis;
    this.#keys = deriveKeys(secrets, 'users in Redis');
    this.#now = now;
  }

  async add({ id, user, backend, expiresAt }: StoredSession): Promise<void> {
    const [hash = ''] = this.#hashesOf(user);
    await this.#set(sessionKey(id), expiresAt, JSON.stringify({ user: hash, backend, expiresAt }));
  }

  async find(id: string, user: string): Promise<StoredSession | null> {
    const text = await this.#redis.get(sessionKey(id));
    if (text === null) return null;
    const { user: hash, backend, expiresAt } = JSON.parse(text) as Entry;
    return this.#hashesOf(user).includes(hash) ? { id, user, backend, expiresAt } : null;
  }

  async cancel({ id, expiresAt }: StoredSession): Promise<void> {
    await this.#set(cancelledKey(id), expiresAt, '1');
    await this.#redis.del(sessionKey(id));
  }

  async cancelledOf(ids: readonly string[]): Promise<readonly string[]> {
    if (ids.length === 0) return [];
    const found = await this.#redis.mget(ids.map(cancelledKey));
    return ids.filter((_, index) => found[index] !== null);
  }

  async #set(key: string, expiresAt: number, value: string): Promise<void> {
    const ttl = Math.ceil(expiresAt * 1000 - this.#now());
    if (ttl > 0) await this.#redis.set(key, value, 'PX', ttl);
  }

  #hashesOf(user: string): string[] {
    return this.#keys.map((key) => createHmac('sha256', key).update(user).digest('base64url'));
  }
}
