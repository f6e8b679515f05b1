import autocannon from 'autocannon';

export interface Load {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly median: number;
  readonly p99: number;
  /** Answers that were no 200, and requests that got none. */
  readonly failed: number;
}

/** Of the page that asks, so that CORS has work to do. */
export const pageOrigin = 'https://www.example.com';

const ask = (
  origin: string,
  options: { connections: number; duration?: number; amount?: number },
) =>
  autocannon({
    url: `${origin}/api/chatkit/sessions`,
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: pageOrigin },
    body: '{}',
    ...options,
  });

/** Asks for so many sessions, until what serves them is compiled: a service runs for days. */
export async function warmUp(origin: string, sessions: number): Promise<void> {
  await ask(origin, { connections: 50, amount: sessions });
}

/** Asks for sessions over so many connections for so many seconds. */
export async function load(origin: string, connections: number, seconds: number): Promise<Load> {
  const result = await ask(origin, { connections, duration: seconds });
  return {
    requests: result.requests.total,
    requestsPerSecond: result.requests.average,
    median: result.latency.p50,
    p99: result.latency.p99,
    failed: result.non2xx + result.errors,
  };
}
