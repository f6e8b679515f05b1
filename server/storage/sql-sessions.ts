import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import type { SessionStore, StoredSession } from '../sessions/session-store.js';
import type { RunStatement } from './database.js';
import { isUnstorable, sessions } from './schema.js';

const dateOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** The sessions of all instances that share a database. Expired ones are deleted with other old rows. */
export class SqlSessionStore implements SessionStore {
  readonly #run: RunStatement;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(run: RunStatement, now: () => number) {
    this.#run = run;
    this.#now = now;
  }

  async add(session: StoredSession): Promise<void> {
    await this.#save(session, false);
  }

  async find(id: string, user: string): Promise<StoredSession | null> {
    if (isUnstorable(id) || isUnstorable(user)) return null;
    const [row] = await this.#run((db) =>
      db
        .select({ backend: sessions.backend, expiresAt: sessions.expiresAt })
        .from(sessions)
        .where(
          and(
            eq(sessions.id, id),
            eq(sessions.userId, user),
            eq(sessions.cancelled, false),
            gt(sessions.expiresAt, new Date(this.#now()).toISOString()),
          ),
        ),
    );
    if (row === undefined) return null;
    return { id, user, backend: row.backend, expiresAt: Date.parse(row.expiresAt) / 1000 };
  }

  async cancel(session: StoredSession): Promise<void> {
    await this.#save(session, true);
  }

  async cancelledOf(ids: readonly string[]): Promise<readonly string[]> {
    if (ids.length === 0) return [];
    const rows = await this.#run((db) =>
      db
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(inArray(sessions.id, [...ids]), eq(sessions.cancelled, true))),
    );
    return rows.map(({ id }) => id);
  }

  /** An upsert, because a session may have been made while the database was away. */
  async #save({ id, user, backend, expiresAt }: StoredSession, cancelled: boolean): Promise<void> {
    if (isUnstorable(id) || isUnstorable(user)) return;
    const row = { id, userId: user, backend, expiresAt: dateOf(expiresAt), cancelled };
    await this.#run((db) =>
      db
        .insert(sessions)
        .values(row)
        // What was cancelled stays so, when its insertion arrives late.
        .onConflictDoUpdate({
          target: sessions.id,
          set: { cancelled: sql`${sessions.cancelled} or excluded.cancelled` },
        }),
    );
  }
}
