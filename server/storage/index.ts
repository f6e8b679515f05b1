export { openConfiguredStore } from './configured-store.js';
export { checkDataDir } from './data-dir.js';
export { LazyStore } from './lazy-store.js';
export { StorageError } from './errors.js';
export { startRetention, type Deleted, type Retention } from './housekeeping.js';
export { openStore, type OpenStore, type StorageOptions } from './open-store.js';
