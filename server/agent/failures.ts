import { CustomStreamError, StreamError } from '../chatkit/index.js';

interface FailureInfo {
  /** For the log: the cause, and what the operator can do. */
  readonly message: string;
  /** Whether ChatKit offers the visitor a retry. */
  readonly allowRetry: boolean;
  /** For the visitor; without it ChatKit shows its own text, in the visitor's language. */
  readonly text?: string;
}

const failureInfos = {
  not_configured: {
    message: 'The agent has no key. Set OPENAI_API_KEY, or AGENT_API_KEY for the agent alone.',
    allowRetry: false,
  },
  unauthorized: {
    message:
      'The key of the agent was refused. Check OPENAI_API_KEY or AGENT_API_KEY, and what its project may do.',
    allowRetry: false,
  },
  model_not_found: {
    message:
      'The model is not known at this address. Check AGENT_MODEL (or the model of your agent) and OPENAI_BASE_URL.',
    allowRetry: false,
  },
  no_responses_api: {
    message:
      'The server at OPENAI_BASE_URL has no Responses API (/responses). Set AGENT_API=chat-completions.',
    allowRetry: false,
  },
  request_rejected: {
    message: 'The request was refused: a setting of the agent does not fit the model.',
    allowRetry: false,
  },
  quota_exceeded: {
    message: 'The quota of the key is used up. Check the plan and the billing of its project.',
    allowRetry: false,
  },
  rate_limited: {
    message: 'Too many requests or tokens for this key.',
    allowRetry: true,
  },
  upstream_unavailable: {
    message: 'The model could not be reached, or failed.',
    allowRetry: true,
  },
  deadline: {
    message: 'The answer took longer than its deadline.',
    allowRetry: true,
  },
  context_too_long: {
    message: 'The conversation does not fit into the model. Lower the budget for the history.',
    allowRetry: false,
    text: 'This conversation has become too long. Please start a new one.',
  },
  content_filtered: {
    message: 'A filter of the model’s provider stopped the answer.',
    allowRetry: false,
    text: 'This cannot be answered here. Please ask in other words.',
  },
  guardrail: {
    message: 'A guardrail of the agent stopped the answer.',
    allowRetry: false,
    text: 'This cannot be answered here. Please ask in other words.',
  },
  approval_unsupported: {
    message:
      'A tool wants an approval, and the run cannot wait for it: its state has more than 1 MiB, or it is a tool of the page within a workflow.',
    allowRetry: false,
    text: 'This needs an approval that cannot be asked for in this conversation. Please start a new one.',
  },
  too_many_turns: {
    message: 'The agent called tools again and again without an answer.',
    allowRetry: true,
  },
  invalid_answer: {
    message:
      'The model gave no answer that the agent can use: it was empty, called an unknown tool, or had another shape. Check OPENAI_BASE_URL if it always happens.',
    allowRetry: true,
  },
  no_answer: {
    message:
      'The model gave no answer, also when it was asked again: nothing, or thoughts alone. If it always happens, raise AGENT_MAX_OUTPUT_TOKENS or take another model; the result of a workflow needs `output_text` or `output_parsed`.',
    allowRetry: true,
  },
  agent_failed: {
    message: 'The agent or one of its tools threw; its error is the cause.',
    allowRetry: true,
  },
} as const satisfies Readonly<Record<string, FailureInfo>>;

export type AgentFailureCode = keyof typeof failureInfos;

export const failureCodes = Object.keys(failureInfos) as AgentFailureCode[];

/** Texts for the visitor, in place of the English ones. */
export type FailureTexts = Readonly<
  Partial<
    Record<'approval_unsupported' | 'context_too_long' | 'content_filtered' | 'guardrail', string>
  >
>;

export interface FailureDetails {
  /** HTTP status of the model's API. */
  readonly status?: number | undefined;
  /** The API's `x-request-id`, which its support asks for. */
  readonly upstreamRequestId?: string | undefined;
  /** The error itself, for the log, which removes secrets from its message. */
  readonly cause?: unknown;
}

/** Why an answer failed, with a message for the operator's log. */
export class AgentFailure extends Error {
  override readonly name = 'AgentFailure';
  readonly code: AgentFailureCode;
  readonly status: number | undefined;
  readonly upstreamRequestId: string | undefined;

  constructor(code: AgentFailureCode, details: FailureDetails = {}) {
    super(failureInfos[code].message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.upstreamRequestId = details.upstreamRequestId;
  }
}

/** The error that ends the visitor's stream. */
export function toStreamError(
  failure: AgentFailure,
  texts: FailureTexts = {},
): StreamError | CustomStreamError {
  const { allowRetry, text: defaultText }: FailureInfo = failureInfos[failure.code];
  const text = (texts as Readonly<Record<string, string | undefined>>)[failure.code] ?? defaultText;
  const options = { allowRetry, cause: failure };
  return text === undefined ? new StreamError(options) : new CustomStreamError(text, options);
}

/** Recognised by shape, not by `instanceof`: an operator's module may bring its own copy of the SDKs. */
interface ApiErrorShape extends Error {
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

/**
 * How OpenAI, Azure, vLLM, llama.cpp, Ollama, LM Studio, LiteLLM, TGI, Mistral, Gemini and Anthropic say that a
 * conversation does not fit into the model. Few of them send OpenAI's code.
 */
const overflow =
  /context_length_exceeded|exceed_context_size|ContextWindowExceeded|maximum (?:context|sequence|input|model) ?(?:length|size|window)?|max_model_len|context (?:length|window|size)|(?:prompt|input|conversation|messages?) (?:is|are|was|were) too (?:long|large)|too many (?:input |prompt )?tokens|(?:input|prompt) (?:token count|length)[^.]* exceed|exceeds? (?:the )?(?:maximum|max)[^.]* tokens|`inputs` tokens \+ `max_new_tokens`|reduce the length of (?:the |your )?(?:messages|prompt|input)/i;

export const isOverflow = (text: string): boolean => overflow.test(text);

/** What their texts say of contexts and tokens is not that a conversation is too long. */
const otherStatuses: ReadonlySet<number> = new Set([401, 403, 404, 408, 429]);

/** The failure of an error event within a stream, which has a code but no status. */
export function failureOfApiCode(
  code: string | null | undefined,
  message: string | null | undefined = '',
): AgentFailure {
  if (isOverflow(message ?? '')) return new AgentFailure('context_too_long');
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

/** The Agents SDK's errors have no codes: they are distinguished by their class. */
export const className = (error: unknown): string =>
  error instanceof Error ? error.constructor.name : '';

/** Classifies an error of an agent's run. */
export function toFailure(error: unknown): AgentFailure {
  if (error instanceof AgentFailure) return error;
  // Thrown within `fetch`, which the OpenAI SDK wraps as a connection error.
  if (error instanceof Error && error.cause instanceof AgentFailure) return error.cause;
  if (isApiError(error)) {
    const { status, code, requestID } = error;
    const isTooLong = !otherStatuses.has(status ?? 0) && isOverflow(error.message);
    const known = isTooLong ? 'context_too_long' : byApiCode[code ?? ''];
    return new AgentFailure(known ?? byStatus(status), {
      status,
      upstreamRequestId: requestID ?? undefined,
      cause: error,
    });
  }
  if (!(error instanceof Error)) return new AgentFailure('agent_failed', { cause: error });
  const known = bySdkClass[className(error)];
  if (known !== undefined) return new AgentFailure(known, { cause: error });
  // The SDKs wrap errors: those of tools and guardrails in `error`, those of key functions in `cause`.
  for (const inner of [(error as { error?: unknown }).error, error.cause]) {
    if (inner instanceof AgentFailure || isApiError(inner)) return toFailure(inner);
  }
  return isConnectionError(error)
    ? new AgentFailure('upstream_unavailable', { cause: error })
    : new AgentFailure('agent_failed', { cause: error });
}

/** By undici's messages for a connection that broke while a response was being read. */
function isConnectionError(error: Error): boolean {
  return error instanceof TypeError && ['terminated', 'fetch failed'].includes(error.message);
}
