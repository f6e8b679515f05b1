/** What the session endpoint answers. */
export interface SessionAnswer {
  /** Never logged, never kept longer than it lives. */
  client_secret: string;
  session_id: string;
  /** Unix time in seconds. */
  expires_at: number;
  /** Only when the operator hosts ChatKit's server: where ChatKit sends its requests. */
  api?: { url: string; domain_key: string };
}

/** The answer in a shape that can be relied on, or null. */
export function parseSessionAnswer(body: unknown): SessionAnswer | null {
  const { client_secret, session_id, expires_at, api } = (body ?? {}) as Partial<SessionAnswer>;
  if (
    typeof client_secret !== 'string' ||
    !client_secret ||
    typeof session_id !== 'string' ||
    typeof expires_at !== 'number' ||
    !isFinite(expires_at)
  ) {
    return null;
  }
  const answer = { client_secret, session_id, expires_at };
  // A server may say `null` for what it does not have.
  if (api === undefined || (api as unknown) === null) return answer;
  const { url, domain_key } = api as Partial<typeof api>;
  return typeof url === 'string' && url && typeof domain_key === 'string'
    ? { ...answer, api: { url, domain_key } }
    : null;
}
