import type { BackendName } from '../variables.js';

export interface StoredSession {
  readonly id: string;
  readonly user: string;
  /** The backend that made it, and that can end it. */
  readonly backend: BackendName;
  /** Unix time in seconds. */
  readonly expiresAt: number;
}

/** Whose session is whose, and which ones were cancelled, until they expire. */
export interface SessionStore {
  add(session: StoredSession): Promise<void>;
  /** This user's session; null when there is none, or it has expired or was cancelled. */
  find(id: string, user: string): Promise<StoredSession | null>;
  cancel(session: StoredSession): Promise<void>;
  /** Those that were cancelled. */
  cancelledOf(ids: readonly string[]): Promise<readonly string[]>;
}
