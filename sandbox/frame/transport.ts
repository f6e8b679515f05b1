/** How a request of the protocol gets to the server, and its answer back. */
export interface Transport {
  /** Gets what the first request will need; resolves at once when that is nothing. */
  connect(): Promise<void>;
  /**
   * @param body a request of the protocol, as JSON
   * @throws {AccessError} when the page cannot give what is needed to get in
   * @throws {Error} when there was no answer, or `signal` was aborted
   */
  post(body: string, signal: AbortSignal): Promise<Response>;
}

/** The page's `getClientSecret` has failed. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
}
