import { TaskPilotChatError, type TaskPilotChatErrorCode } from '../errors.js';

export interface SessionRequest {
  /** URL of the session endpoint. */
  endpoint: string;
  /** `same-origin` by default. */
  credentials?: RequestCredentials | undefined;
}

/** The answer of the session endpoint. */
export interface SessionAnswer {
  /** Never logged, never kept longer than it lives. */
  client_secret: string;
  session_id: string;
  /** Unix time in seconds. */
  expires_at: number;
  /** Only when the operator hosts ChatKit's server: where ChatKit sends its requests. */
  api?: { url: string; domain_key: string };
  /** What the operator has switched on, of `attachments`, `dictation` and `models`. */
  offers?: string[];
}

/** What goes with one request. */
export interface SessionCredentials {
  /** Of the logged-in user. */
  token?: string | undefined;
  /** Names an anonymous visitor whose cookie the browser may block. */
  visitor?: string | undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The validated answer, or null. */
export function parseSessionAnswer(body: unknown): SessionAnswer | null {
  // Without a prototype: a page may have put an `api` into that of all objects.
  const own = { __proto__: null, ...(body as Partial<SessionAnswer> | null) };
  const { client_secret, session_id, expires_at, api, offers } = own;
  if (!isText(client_secret) || !isText(session_id) || !Number.isFinite(expires_at)) return null;
  const answer = {
    client_secret,
    session_id,
    expires_at: Number(expires_at),
    ...(Array.isArray(offers) && { offers }),
  };
  // Some servers send null for what they do not have.
  if (!api) return answer;
  const { url, domain_key } = api as Partial<typeof api>;
  return isText(url) && isText(domain_key) ? { ...answer, api: { url, domain_key } } : null;
}

const codes: Partial<Record<number, TaskPilotChatErrorCode>> = {
  401: 'session_unauthenticated',
  403: 'session_forbidden',
  429: 'session_rate_limited',
};

/** Not every environment with `fetch` has `navigator.onLine`. */
const isOffline = (): boolean =>
  (globalThis as { navigator?: { onLine?: boolean } }).navigator?.onLine === false;

const isWord = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value);

/** One line of at most 300 characters, without anything that looks like an API key, a client secret or a JWT. */
const withoutSecrets = (text: string): string =>
  text
    .replace(/\b(?:(?:sk|ek|pk|rk)[-_]|eyJ)\S*|Bearer\s+\S+/g, '…')
    .replace(/\s+/g, ' ')
    .slice(0, 300);

/** Seconds of a `retry-after` header, which is a number or a date; 0 without a usable one. */
const secondsOf = (header: string | null): number => {
  const seconds = Number(header ?? 0);
  const wait = Number.isNaN(seconds) ? (Date.parse(header ?? '') - Date.now()) / 1000 : seconds;
  return wait > 0 ? Math.ceil(wait) : 0;
};

/** The body as JSON; an empty object for anything else. */
async function readJson(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(await response.json()) as Readonly<Record<string, unknown>>;
  } catch {
    // The parser's error quotes the body, which may contain a secret.
    return {};
  }
}

async function failure(response: Response): Promise<TaskPilotChatError> {
  const { status, headers } = response;
  const { code, detail, request_id, retryable } = await readJson(response);
  const isProblem = isWord(code);
  return new TaskPilotChatError(codes[status] ?? 'session_unavailable', {
    status,
    detail: isProblem ? `${status} ${code}` : `${status}`,
    reason: isProblem && isText(detail) ? `session endpoint: ${withoutSecrets(detail)}` : undefined,
    requestId: isWord(request_id) ? request_id : undefined,
    retryAfterSeconds: secondsOf(headers.get('retry-after')) || undefined,
    ...(typeof retryable === 'boolean' && { retryable }),
  });
}

const send = (
  url: string,
  { credentials = 'same-origin' }: SessionRequest,
  { token, visitor }: SessionCredentials,
  init: RequestInit,
): Promise<Response> =>
  fetch(url, {
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ visitor }),
    credentials,
    ...init,
  });

/**
 * One request to the session endpoint.
 *
 * @throws {TaskPilotChatError} one of the `session_…` codes or `offline`
 */
export async function requestSession(
  options: SessionRequest,
  caller: SessionCredentials,
  signal: AbortSignal,
): Promise<SessionAnswer & Pick<SessionCredentials, 'visitor'>> {
  let response;
  try {
    response = await send(options.endpoint, options, caller, { method: 'POST', signal });
  } catch (cause) {
    throw new TaskPilotChatError(isOffline() ? 'offline' : 'session_unavailable', { cause });
  }
  if (!response.ok) throw await failure(response);
  const body = await readJson(response);
  const answer = parseSessionAnswer(body);
  if (!answer) {
    throw new TaskPilotChatError('session_invalid_response', { status: response.status });
  }
  const { visitor } = body;
  return isText(visitor) ? { ...answer, visitor } : answer;
}

/**
 * Ends a session at the service.
 *
 * @throws {TypeError} when the service cannot be reached
 */
export async function endSession(
  options: SessionRequest,
  id: string,
  caller: SessionCredentials,
): Promise<void> {
  const url = `${options.endpoint.replace(/[/?#]*([?#].*)?$/, '')}/${encodeURIComponent(id)}`;
  // A log-out often leaves the page.
  await send(url, options, caller, { method: 'DELETE', keepalive: true });
}
