export { checkDataDir } from './data-dir.js';
export { LazyStore } from './lazy-store.js';
export { StorageError, storageErrorCodes, type StorageErrorCode } from './errors.js';
export type { Deleted } from './housekeeping.js';
export { openStore, type OpenStore, type StorageOptions } from './open-store.js';
export { startRetention, type Retention, type RetentionOptions } from './retention.js';
