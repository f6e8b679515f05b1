export type { AnswerRecord } from './answers.js';
export type { AuditAction } from './audit-log.js';
export type { ListedThread, ThreadCursor, ThreadFilter } from './thread-list.js';
export { openConfiguredStore } from './configured-store.js';
export { inspectDataDir, inspectPostgres } from './inspect.js';
export { LazyStore } from './lazy-store.js';
export { StorageError } from './errors.js';
export type { Deleted } from './housekeeping.js';
export { openStore, type OpenStore, type StorageOptions } from './open-store.js';
