import { desc, inArray, lt } from 'drizzle-orm';
import type { Database } from './database.js';
import { auditLog } from './schema.js';

/** What operators do on their page. */
export const auditActions = [
  'log_in',
  'log_in_refused',
  'search_threads',
  'read_thread',
  'export_thread',
  'export_user',
  'delete_thread',
  'delete_user',
] as const;
export type AuditAction = (typeof auditActions)[number];

export interface AuditEntry {
  /** Which token it was; null when it was refused. */
  readonly actor: string | null;
  /** The client's address; of IPv6 its network. */
  readonly address: string;
  readonly action: AuditAction;
  /** The id of a thread, or a keyed hash of a user, as in the log. */
  readonly subject: string | null;
}

export interface StoredAuditEntry extends AuditEntry {
  /** Grows with time. */
  readonly key: number;
  readonly at: Date;
}

export async function addAuditEntry(
  { run }: Database,
  entry: AuditEntry,
  now: number,
): Promise<void> {
  await run((db) => db.insert(auditLog).values({ ...entry, at: new Date(now) }));
}

/** The newest entries, or those before one, newest first. */
export function auditEntries(
  { run }: Database,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<readonly StoredAuditEntry[]> {
  return run((db) =>
    db
      .select()
      .from(auditLog)
      .where(before === undefined ? undefined : lt(auditLog.key, before))
      .orderBy(desc(auditLog.key))
      .limit(limit),
  );
}

/** Entries per statement. */
const batchSize = 1000;

/** Deletes the entries from before the date. */
export async function deleteAuditBefore({ run }: Database, date: Date): Promise<void> {
  for (;;) {
    const deleted = await run((db) => {
      const old = db
        .select({ key: auditLog.key })
        .from(auditLog)
        .where(lt(auditLog.at, date))
        .orderBy(auditLog.at)
        .limit(batchSize);
      return db.delete(auditLog).where(inArray(auditLog.key, old)).returning({ key: auditLog.key });
    });
    if (deleted.length < batchSize) return;
  }
}
