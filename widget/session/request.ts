import {
  TaskPilotChatError,
  type TaskPilotChatErrorCode,
  type TaskPilotChatErrorDetails,
} from '../errors.js';
import { parseSessionAnswer, type SessionAnswer } from './answer.js';

export interface SessionRequest {
  /** URL of the session endpoint. */
  endpoint: string;
  credentials?: RequestCredentials | undefined;
  /** For tests. */
  fetch?: typeof fetch | undefined;
}

const codes: Partial<Record<number, TaskPilotChatErrorCode>> = {
  401: 'session_unauthenticated',
  403: 'session_forbidden',
  429: 'session_rate_limited',
};

/** Not everything that has `fetch` knows. */
const isOffline = (): boolean =>
  (globalThis as { navigator?: { onLine?: boolean } }).navigator?.onLine === false;

const isWord = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value);

async function failure(response: Response): Promise<TaskPilotChatError> {
  const { status } = response;
  const details: TaskPilotChatErrorDetails = { status, detail: `${status}` };
  const retryAfter = Number(response.headers.get('retry-after'));
  if (retryAfter > 0) details.retryAfter = retryAfter;
  try {
    // Only what cannot carry anybody's secret is taken over.
    const { code, request_id, retryable } = (await response.json()) as Record<string, unknown>;
    if (typeof retryable === 'boolean') details.retryable = retryable;
    if (isWord(request_id)) details.requestId = request_id;
    if (isWord(code)) details.detail = `${status} ${code}`;
  } catch {
    // No problem document: the status has to do.
  }
  return new TaskPilotChatError(codes[status] ?? 'session_unavailable', details);
}

/** Asks the endpoint once. */
export async function requestSession(
  { endpoint, credentials = 'same-origin', fetch = globalThis.fetch }: SessionRequest,
  token: string | undefined,
  signal: AbortSignal,
): Promise<SessionAnswer> {
  let response;
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: '{}',
      credentials,
      signal,
    });
  } catch (cause) {
    throw new TaskPilotChatError(isOffline() ? 'offline' : 'session_unavailable', { cause });
  }
  if (!response.ok) throw await failure(response);
  let answer = null;
  try {
    answer = parseSessionAnswer(await response.json());
  } catch {
    // Told below; the error of the parser quotes the answer, which may be a secret.
  }
  if (!answer) {
    throw new TaskPilotChatError('session_invalid_response', { status: response.status });
  }
  return answer;
}
