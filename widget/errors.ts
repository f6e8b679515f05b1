/** Failures that a retry can overcome, by code, with what a developer can do. */
const retryable = {
  script_blocked: 'ChatKit script is blocked: check script-src, ad blockers, chatkit-src',
  script_timeout: 'ChatKit script timed out',
  chatkit_timeout: 'ChatKit frame timed out: check the domain allowlist at OpenAI, frame-src',
  chatkit_error: 'ChatKit failed: check error.cause',
  session_rate_limited: 'too many sessions',
  session_unavailable:
    'session endpoint failed: check session-endpoint, connect-src, ALLOWED_ORIGINS',
  session_timeout: 'session endpoint timed out',
  offline: 'the browser is offline',
};

/** Failures that last until a developer changes something. */
const permanent = {
  session_unauthenticated: 'session endpoint does not know the user: check getAuthToken',
  session_forbidden: 'session endpoint refused this page: check ALLOWED_ORIGINS',
  session_invalid_response: 'session endpoint sent no session: check session-endpoint',
  invalid_options: 'wrong option',
  insecure_context: 'ChatKit needs https or localhost',
};

const messages = { ...retryable, ...permanent };

export type TaskPilotChatErrorCode = keyof typeof messages;

export const errorCodes = Object.keys(messages) as TaskPilotChatErrorCode[];

export interface TaskPilotChatErrorDetails {
  /** What the endpoint itself said, in place of the usual message of the code; never a secret. */
  reason?: string | undefined;
  /** Appended to the message for the developer; never a secret. */
  detail?: string | undefined;
  retryable?: boolean;
  status?: number;
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/**
 * The error of all failures of the widget and of the session client. `message` is one line for a developer and contains
 * no secret.
 *
 * @example
 * chat.sendMessage('Hi').catch((error) => {
 *   if (error.code === 'session_unauthenticated') location.assign('/login');
 * });
 */
export class TaskPilotChatError extends Error {
  declare readonly code: TaskPilotChatErrorCode;
  /** Whether a retry may succeed. */
  declare readonly retryable: boolean;
  /** HTTP status of the session endpoint. */
  declare readonly status: number | undefined;
  /** The service's id of the failed request, for its log. */
  declare readonly requestId: string | undefined;
  /** Seconds that the service asks to wait. */
  declare readonly retryAfterSeconds: number | undefined;

  constructor(
    code: TaskPilotChatErrorCode,
    { reason, detail, cause, ...details }: TaskPilotChatErrorDetails = {},
  ) {
    const { requestId } = details;
    super(
      (reason ?? messages[code]) +
        (detail ? ` (${detail})` : '') +
        (requestId ? `, request ${requestId}` : ''),
      { cause },
    );
    this.name = 'TaskPilotChatError';
    Object.assign(this, { code, retryable: Object.hasOwn(retryable, code) }, details);
  }
}

/** Any thrown value as the typed error; foreign ones become the cause of an error with the code `fallback`. */
export function toChatError(
  error: unknown,
  fallback: TaskPilotChatErrorCode = 'chatkit_error',
): TaskPilotChatError {
  return error instanceof TaskPilotChatError
    ? error
    : new TaskPilotChatError(fallback, { cause: error });
}
