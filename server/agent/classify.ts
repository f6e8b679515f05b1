import { AgentFailure, type AgentFailureCode } from './failures.js';

/**
 * Errors are told apart by their shape, not by `instanceof`: an operator's module may bring its own copy of
 * the SDKs.
 */
interface ApiErrorShape {
  readonly status: number | undefined;
  readonly code?: string | null;
  readonly type?: string;
  readonly requestID?: string | null;
}

function isApiError(error: unknown): error is ApiErrorShape {
  return error instanceof Error && 'status' in error && 'headers' in error && 'error' in error;
}

const byApiCode: Readonly<Record<string, AgentFailureCode>> = {
  invalid_api_key: 'unauthorized',
  model_not_found: 'model_not_found',
  context_length_exceeded: 'context_too_long',
  content_filter: 'content_filtered',
  content_policy_violation: 'content_filtered',
  invalid_prompt: 'content_filtered',
  insufficient_quota: 'quota_exceeded',
  rate_limit_exceeded: 'rate_limited',
  server_error: 'upstream_unavailable',
};

function byStatus(status: number | undefined): AgentFailureCode {
  switch (status) {
    case 401:
    case 403:
      return 'unauthorized';
    case 404:
      return 'model_not_found';
    case 429:
      return 'rate_limited';
    case undefined:
    case 408:
    case 409:
      return 'upstream_unavailable';
    default:
      return status >= 500 ? 'upstream_unavailable' : 'request_rejected';
  }
}

/** What an error that the API reports within a stream means; it has a code, but no status. */
export function failureOfCode(code: string | null | undefined): AgentFailure {
  return new AgentFailure(byApiCode[code ?? ''] ?? 'upstream_unavailable');
}

const bySdkClass: Readonly<Record<string, AgentFailureCode>> = {
  MaxTurnsExceededError: 'too_many_turns',
  InputGuardrailTripwireTriggered: 'guardrail',
  OutputGuardrailTripwireTriggered: 'guardrail',
  ToolInputGuardrailTripwireTriggered: 'guardrail',
  ToolOutputGuardrailTripwireTriggered: 'guardrail',
  ModelRefusalError: 'content_filtered',
  ModelBehaviorError: 'invalid_answer',
  InvalidToolInputError: 'invalid_answer',
  SyntaxError: 'invalid_answer',
};

/** Errors of the SDK say what they are by their class alone. */
export const className = (error: unknown): string =>
  error instanceof Error ? error.constructor.name : '';

/** Whatever an agent's run threw, as a failure with a code. */
export function toFailure(error: unknown): AgentFailure {
  if (error instanceof AgentFailure) return error;
  // Thrown before a request was sent, which the SDK takes for a broken connection.
  if (error instanceof Error && error.cause instanceof AgentFailure) return error.cause;
  if (isApiError(error)) {
    const { status, code, requestID } = error;
    return new AgentFailure(byApiCode[code ?? ''] ?? byStatus(status), {
      status,
      upstreamRequestId: requestID ?? undefined,
    });
  }
  if (!(error instanceof Error)) return new AgentFailure('agent_failed', { cause: error });
  const known = bySdkClass[className(error)];
  if (known !== undefined) return new AgentFailure(known);
  // The SDKs wrap: a tool's or guardrail's error in `error`, a failed key function's in `cause`.
  for (const inner of [(error as { error?: unknown }).error, error.cause]) {
    if (inner instanceof AgentFailure || isApiError(inner)) return toFailure(inner);
  }
  return isConnectionError(error)
    ? new AgentFailure('upstream_unavailable')
    : new AgentFailure('agent_failed', { cause: error });
}

/** undici's words for a connection that broke while an answer was being read. */
function isConnectionError(error: Error): boolean {
  return error instanceof TypeError && ['terminated', 'fetch failed'].includes(error.message);
}
