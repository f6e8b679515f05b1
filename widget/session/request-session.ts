import {
  TaskPilotChatError,
  type TaskPilotChatErrorCode,
  type TaskPilotChatErrorDetails,
} from '../errors.js';
import { parseSessionAnswer, type SessionAnswer } from './session-answer.js';

export interface SessionRequest {
  endpoint: string;
  credentials: RequestCredentials;
  getAuthToken: (() => string | Promise<string>) | undefined;
  fetch: typeof fetch;
  signal: AbortSignal;
}

const codes: Partial<Record<number, TaskPilotChatErrorCode>> = {
  401: 'session_unauthenticated',
  403: 'session_forbidden',
  429: 'session_rate_limited',
};

async function failure(response: Response): Promise<TaskPilotChatError> {
  const { status } = response;
  const details: TaskPilotChatErrorDetails = { status, detail: `${status}` };
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  if (retryAfter >= 0) details.retryAfter = retryAfter;
  try {
    // Only what the service promises to be harmless is taken over.
    const body = ((await response.json()) ?? {}) as Record<string, unknown>;
    if (typeof body['retryable'] === 'boolean') details.retryable = body['retryable'];
    if (typeof body['request_id'] === 'string') details.requestId = body['request_id'];
    if (typeof body['code'] === 'string') {
      details.detail = `${status} ${body['code'].slice(0, 40)}`;
    }
  } catch {
    // No problem document: the status has to do.
  }
  return new TaskPilotChatError(codes[status] ?? 'session_unavailable', details);
}

async function readToken(request: SessionRequest): Promise<string | undefined> {
  try {
    return await request.getAuthToken?.();
  } catch (cause) {
    throw new TaskPilotChatError('session_unauthenticated', {
      detail: 'getAuthToken failed',
      cause,
    });
  }
}

/** Asks the endpoint once. */
export async function requestSession(request: SessionRequest): Promise<SessionAnswer> {
  const token = await readToken(request);
  request.signal.throwIfAborted();
  let response;
  try {
    response = await request.fetch.call(undefined, request.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: '{}',
      credentials: request.credentials,
      cache: 'no-store',
      signal: request.signal,
    });
  } catch (cause) {
    request.signal.throwIfAborted();
    throw new TaskPilotChatError(
      'navigator' in globalThis && !navigator.onLine ? 'offline' : 'session_unavailable',
      { cause },
    );
  }
  if (!response.ok) throw await failure(response);
  let body: unknown;
  try {
    body = await response.json();
  } catch (cause) {
    request.signal.throwIfAborted();
    throw new TaskPilotChatError('session_invalid_response', { detail: 'not JSON', cause });
  }
  const answer = parseSessionAnswer(body);
  if (!answer)
    throw new TaskPilotChatError('session_invalid_response', { status: response.status });
  return answer;
}
