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
   * that Agent Builder exports; with the SDK's default client they go this way.
   */
  within<T>(work: AmbientWork, run: () => Promise<T>): Promise<T>;
}

interface Way {
  readonly apiKey: string | undefined;
  readonly baseUrl: string;
  readonly send: Fetch;
}

/**
 * Of all services in this process: the SDK's default client is the last one's that set it, and work of
 * each of them finds it.
 */
const running = new AsyncLocalStorage<{ readonly work: AmbientWork; readonly way: Way }>();

/** What runs at this place of the program. */
export const ambientWork = (): AmbientWork | undefined => running.getStore()?.work;

const usualRetries: Retries = {
  random: Math.random,
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
/** Longer than any deadline of an answer: those are the ones that count. */
const timeoutMs = 3_600_000;

export function createUpstream(options: UpstreamOptions): Upstream {
  const { apiKey, fetch = globalThis.fetch, retries = usualRetries } = options;
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const own: Way = { apiKey, baseUrl, send: retrying(fetch, retries) };
  const client = new OpenAI({
    apiKey: apiKey ?? 'not configured',
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: timeoutMs,
    organization: null,
    project: null,
    logLevel: 'off',
    fetch: (input, init) => {
      const { work, way } = running.getStore() ?? { work: undefined, way: own };
      if (way.apiKey === undefined) return Promise.reject(new AgentFailure('not_configured'));
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${way.apiKey}`);
      // What the SDK asks for is below its own root.
      const asked = input instanceof Request ? input.url : String(input);
      const url = way.baseUrl + asked.slice(baseUrl.length);
      const signals = [init?.signal, work?.signal].filter((signal) => signal != null);
      return way.send(url, { ...init, headers, signal: AbortSignal.any(signals) });
    },
  });
  return { client, within: (work, run) => running.run({ work, way: own }, run) };
}
