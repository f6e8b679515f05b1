export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface Retries {
  /** From 0 to 1; spreads the tries of many callers. */
  readonly random: () => number;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

const maxTries = 3;
const firstDelayMs = 250;
/** Nobody who waits for an answer is asked to wait longer than this for a second try. */
const longestDelayMs = 5000;
const passing = new Set([408, 409, 429]);

function isPassing({ status, headers }: Response): boolean {
  const advice = headers.get('x-should-retry');
  if (advice !== null) return advice === 'true';
  return status >= 500 || passing.has(status);
}

/** Milliseconds that the API asks to wait, if it does. */
function askedDelayMs({ headers }: Response): number | undefined {
  const ms = headers.get('retry-after-ms');
  const seconds = headers.get('retry-after');
  const value = ms === null ? Number(seconds ?? NaN) * 1000 : Number(ms);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/**
 * Asks again after a passing fault, as long as nothing of an answer was read. The OpenAI SDK does so, too,
 * but does not hear an abort while it waits.
 */
export function retrying(fetch: Fetch, { random, sleep }: Retries): Fetch {
  const backOff = (tries: number) => firstDelayMs * 2 ** (tries - 1) * (0.5 + random());

  /** The answer to keep, or how long to wait for the next try. */
  async function attempt(send: () => Promise<Response>, tries: number, signal?: AbortSignal) {
    try {
      const response = await send();
      if (tries === maxTries || !isPassing(response)) return response;
      const delay = askedDelayMs(response) ?? backOff(tries);
      if (delay > longestDelayMs) return response;
      await response.body?.cancel();
      return delay;
    } catch (error) {
      if (tries === maxTries || signal?.aborted === true) throw error;
      return backOff(tries);
    }
  }

  return async (input, init) => {
    const signal = init?.signal ?? undefined;
    for (let tries = 1; ; tries++) {
      const result = await attempt(() => fetch(input, init), tries, signal);
      if (result instanceof Response) return result;
      await sleep(result, signal);
    }
  };
}
