import type { Store } from '../chatkit/index.js';
import { addAnswer, answersOf, figuresOf, type AnswerRecord, type DayFigures } from './answers.js';
import {
  addAuditEntry,
  auditEntries,
  type AuditEntry,
  type StoredAuditEntry,
} from './audit-log.js';
import type { Database } from './database.js';
import { exportThread } from './export-user.js';
import {
  findThread,
  listThreads,
  type ListedThread,
  type ThreadCursor,
  type ThreadFilter,
  type ThreadListPage,
} from './thread-list.js';

/** What the operator's page reads, of all users. What it changes goes through `Store` and `OpenStore`. */
export interface AdminStore {
  listThreads(
    filter: ThreadFilter,
    page: { readonly after?: ThreadCursor | undefined; readonly limit: number },
  ): Promise<ThreadListPage>;
  findThread(id: string): Promise<ListedThread | null>;
  /** How the answers of a thread went, oldest first. */
  answersOf(threadId: string): Promise<readonly AnswerRecord[]>;
  addAnswer(...args: DropFirst<Parameters<typeof addAnswer>>): Promise<void>;
  /** So many days up to today (UTC), oldest first. */
  figures(days: number): Promise<readonly DayFigures[]>;
  addAuditEntry(entry: AuditEntry): Promise<void>;
  auditEntries(page: {
    readonly before: number | undefined;
    readonly limit: number;
  }): Promise<readonly StoredAuditEntry[]>;
  /** All that is kept of a thread: the text of a JSON document, in pieces. */
  exportThread(threadId: string, user: string): AsyncIterable<string>;
}

type DropFirst<T extends readonly unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never;

export const createAdminStore = (
  database: Database,
  store: Store,
  now: () => number,
): AdminStore => ({
  listThreads: (...args) => listThreads(database, ...args),
  findThread: (id) => findThread(database, id),
  answersOf: (threadId) => answersOf(database, threadId),
  addAnswer: (...args) => addAnswer(database, ...args),
  figures: (days) => figuresOf(database, days, now()),
  addAuditEntry: (entry) => addAuditEntry(database, entry, now()),
  auditEntries: (page) => auditEntries(database, page),
  exportThread: (threadId, user) => exportThread(store, threadId, user, now),
});
