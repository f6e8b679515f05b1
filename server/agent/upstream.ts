import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import type { AmbientWork } from './ambient-models.js';
import { AgentFailure } from './failures.js';
import { retrying, type Fetch, type Retries } from './retrying-fetch.js';

export interface UpstreamOptions {
  /** Without one, an agent that asks OpenAI fails with `not_configured`; one with a model of its own works. */
  readonly apiKey: string | undefined;
  /** Root of the API, or of one that is compatible: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** How it is reached; Node's own by default. */
  readonly fetch?: Fetch;
  /** For tests. */
  readonly retries?: Retries;
}

/** The way to the model. */
export interface Upstream {
  readonly client: OpenAI;
  /**
   * Runs work whose requests end with the signal, even if the work itself knows nothing of it, as the code
   * that Agent Builder exports.
   */
  within<T>(work: AmbientWork, run: () => Promise<T>): Promise<T>;
  /** What runs at this place of the program. */
  readonly current: () => AmbientWork | undefined;
}

const usualRetries: Retries = {
  random: Math.random,
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
/** Longer than any deadline of an answer: those are the ones that count. */
const timeoutMs = 3_600_000;

export function createUpstream(options: UpstreamOptions): Upstream {
  const { apiKey, baseUrl, fetch = globalThis.fetch, retries = usualRetries } = options;
  const running = new AsyncLocalStorage<AmbientWork>();
  const send = retrying(fetch, retries);
  const client = new OpenAI({
    apiKey: apiKey ?? (() => Promise.reject(new AgentFailure('not_configured'))),
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: timeoutMs,
    organization: null,
    project: null,
    logLevel: 'off',
    fetch: (input, init) => {
      const [own, ambient] = [init?.signal, running.getStore()?.signal];
      if (ambient === undefined) return send(input, init);
      return send(input, {
        ...init,
        signal: own == null ? ambient : AbortSignal.any([own, ambient]),
      });
    },
  });
  return {
    client,
    within: (work, run) => running.run(work, run),
    current: () => running.getStore(),
  };
}
