import type { Deleted } from './housekeeping.js';
import type { OpenStore } from './open-store.js';

const dayMs = 24 * 3600 * 1000;

export interface RetentionOptions {
  readonly openStore: Pick<OpenStore, 'deleteOlderThan'>;
  /** How many whole days a thread is kept after its last change: at least 1. */
  readonly days: number;
  /** Time between two runs, in milliseconds. @default 6 hours */
  readonly everyMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly onDeleted: (deleted: Deleted) => void;
  /** Hears of a run that failed; the next tries again. */
  readonly onError: (error: unknown) => void;
}

export interface Retention {
  /** No more runs; waits for the one that is under way. */
  stop(): Promise<void>;
}

/**
 * Deletes old threads now and from time to time. Any number of instances may do so on one database.
 *
 * A thread that was last changed on a day goes when `days` whole days (UTC) have passed after that day.
 */
export function startRetention(options: RetentionOptions): Retention {
  const { openStore, days, everyMs = dayMs / 4, now = Date.now, onDeleted, onError } = options;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    try {
      const deleted = await openStore.deleteOlderThan(new Date(now() - days * dayMs));
      if (deleted.threads > 0) onDeleted(deleted);
    } catch (error) {
      onError(error);
    } finally {
      running = null;
    }
  }

  const start = () => {
    running ??= run();
  };
  const timer = setInterval(start, everyMs).unref();
  start();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
