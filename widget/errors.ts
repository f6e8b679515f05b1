/** Everything that can go wrong, by code: whether trying again can help, and what a developer can do. */
const table = {
  script_blocked: [
    true,
    'ChatKit’s script did not load: allow its origin in script-src, and check ad blockers and chatkit-src',
  ],
  script_timeout: [true, 'ChatKit’s script did not load in time: slow network, or a blocked host'],
  chatkit_timeout: [
    true,
    'ChatKit’s frame never became usable. Usual cause: this page’s origin is not on OpenAI’s domain allowlist. Also check frame-src',
  ],
  chatkit_error: [true, 'ChatKit reported an error'],
  session_unauthenticated: [
    false,
    'the session endpoint does not know the user (401): check getAuthToken and the log-in',
  ],
  session_forbidden: [
    false,
    'the session endpoint refused this page (403): add its origin to ALLOWED_ORIGINS',
  ],
  session_rate_limited: [true, 'too many sessions were asked for (429)'],
  session_unavailable: [
    true,
    'the session endpoint failed: check session-endpoint and the service’s log',
  ],
  session_invalid_response: [
    false,
    'the session endpoint did not answer with a session: check session-endpoint and what it returns',
  ],
  session_timeout: [true, 'the session endpoint gave no answer in time'],
  offline: [true, 'the browser is offline'],
  invalid_options: [false, 'an option is wrong'],
  insecure_context: [false, 'ChatKit needs https (or localhost)'],
} as const;

export type TaskPilotChatErrorCode = keyof typeof table;

export const errorCodes = Object.keys(table) as TaskPilotChatErrorCode[];

export interface TaskPilotChatErrorDetails {
  /** More for the developer; never a secret. */
  detail?: string | undefined;
  retryable?: boolean | undefined;
  status?: number | undefined;
  requestId?: string | undefined;
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** The one error type: `message` is a line that a developer can act on, without any secret. */
export class TaskPilotChatError extends Error {
  readonly code: TaskPilotChatErrorCode;
  /** Whether the same thing may work later. */
  readonly retryable: boolean;
  /** HTTP status of the session endpoint. */
  readonly status: number | undefined;
  /** The service's id of the failed request, to be found in its log. */
  readonly requestId: string | undefined;
  /** Seconds that the service asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(code: TaskPilotChatErrorCode, details: TaskPilotChatErrorDetails = {}) {
    const { detail, cause, requestId } = details;
    super(
      table[code][1] + (detail ? `: ${detail}` : '') + (requestId ? ` (request ${requestId})` : ''),
      { cause },
    );
    this.name = 'TaskPilotChatError';
    this.code = code;
    this.retryable = details.retryable ?? table[code][0];
    this.status = details.status;
    this.requestId = requestId;
    this.retryAfter = details.retryAfter;
  }
}

/** Any thrown thing as the typed error; what is not known gets `fallback`. */
export function toChatError(error: unknown, fallback: TaskPilotChatErrorCode): TaskPilotChatError {
  return error instanceof TaskPilotChatError
    ? error
    : new TaskPilotChatError(fallback, { cause: error });
}
