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

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The answer in a shape that can be relied on, or null. */
export function parseSessionAnswer(body: unknown): SessionAnswer | null {
  const { client_secret, session_id, expires_at, api } = (body ?? {}) as Partial<SessionAnswer>;
  if (!isText(client_secret) || !isText(session_id) || !Number.isFinite(expires_at)) return null;
  const answer = { client_secret, session_id, expires_at: Number(expires_at) };
  // A server may say `null` for what it does not have.
  if (!api) return answer;
  const { url, domain_key } = api as Partial<typeof api>;
  return isText(url) && isText(domain_key) ? { ...answer, api: { url, domain_key } } : null;
}
