import { AccessError, type Transport } from './transport.js';

export interface HostedTransportOptions {
  readonly url: URL;
  /** The page's function: null at first, then the secret that is no good any more. */
  readonly getClientSecret: (current: string | null) => Promise<unknown>;
  readonly fetch: typeof fetch;
}

/** Talks to the sandbox with a client secret, and asks the page for another one when that has ended. */
export class HostedTransport implements Transport {
  readonly #options: HostedTransportOptions;
  #secret: Promise<string> | null = null;

  constructor(options: HostedTransportOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    await this.#current();
  }

  async post(body: string, signal: AbortSignal): Promise<Response> {
    const asked = this.#current();
    const secret = await asked;
    signal.throwIfAborted();
    const response = await this.#send(body, secret, signal);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    // Another request may have asked for a new one already.
    const renewed = await (this.#secret === asked ? this.#ask(secret) : this.#current());
    signal.throwIfAborted();
    return this.#send(body, renewed, signal);
  }

  #current(): Promise<string> {
    return this.#secret ?? this.#ask(null);
  }

  /** One question to the page for all requests that wait. */
  #ask(current: string | null): Promise<string> {
    const asked = this.#options.getClientSecret(current).then(
      (secret) => {
        if (typeof secret === 'string' && secret !== '') return secret;
        throw new AccessError('getClientSecret gave no secret.');
      },
      (error: unknown) => {
        throw new AccessError(error instanceof Error ? error.message : 'getClientSecret failed.');
      },
    );
    this.#secret = asked;
    // A failure is for those who wait for it now; who comes later asks again.
    asked.catch(() => {
      if (this.#secret === asked) this.#secret = null;
    });
    return asked;
  }

  #send(body: string, secret: string, signal: AbortSignal): Promise<Response> {
    const { fetch, url } = this.#options;
    return fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body,
      signal,
    });
  }
}
