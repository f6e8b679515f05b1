import { CustomStreamError, StreamError } from '../chatkit/index.js';

/** What the operator reads, and what the visitor is told, for each way in which an answer can fail. */
interface Consequence {
  /** For the log: what is wrong, and what to do about it. */
  readonly hint: string;
  /** Whether trying again can help. */
  readonly allowRetry: boolean;
  /** For the visitor; without it ChatKit says something went wrong, in the visitor's language. */
  readonly text?: string;
}

const consequences = {
  not_configured: {
    hint: 'The agent has no key. Set OPENAI_API_KEY, or AGENT_API_KEY for the agent alone.',
    allowRetry: false,
  },
  unauthorized: {
    hint: 'The key of the agent was refused. Check OPENAI_API_KEY or AGENT_API_KEY, and what its project may do.',
    allowRetry: false,
  },
  model_not_found: {
    hint: 'The model is not known at this address. Check AGENT_MODEL (or the model of your agent) and OPENAI_BASE_URL.',
    allowRetry: false,
  },
  request_rejected: {
    hint: 'The request was refused: a setting of the agent does not fit the model.',
    allowRetry: false,
  },
  quota_exceeded: {
    hint: 'The quota of the key is used up. Check the plan and the billing of its project.',
    allowRetry: false,
  },
  rate_limited: {
    hint: 'Too many requests or tokens for this key.',
    allowRetry: true,
  },
  upstream_unavailable: {
    hint: 'The model could not be reached, or failed.',
    allowRetry: true,
  },
  deadline: {
    hint: 'The answer took longer than its deadline.',
    allowRetry: true,
  },
  context_too_long: {
    hint: 'The conversation does not fit into the model. Lower the budget for the history.',
    allowRetry: false,
    text: 'This conversation has become too long. Please start a new one.',
  },
  content_filtered: {
    hint: 'A filter of the model’s provider stopped the answer.',
    allowRetry: false,
    text: 'This cannot be answered here. Please ask in other words.',
  },
  guardrail: {
    hint: 'A guardrail of the agent stopped the answer.',
    allowRetry: false,
    text: 'This cannot be answered here. Please ask in other words.',
  },
  approval_unsupported: {
    hint: 'A tool wants an approval, which this chat cannot ask for. Remove `needsApproval`, or make it a client tool.',
    allowRetry: false,
  },
  too_many_turns: {
    hint: 'The agent went on calling tools without an answer.',
    allowRetry: true,
  },
  invalid_answer: {
    hint: 'The agent cannot use what the model said: no answer, a tool that there is not, or output of another shape. Check OPENAI_BASE_URL if it happens always.',
    allowRetry: true,
  },
  no_answer: {
    hint: 'The agent ended without an answer: its result has neither `output_text` nor `output_parsed`, and no model said anything.',
    allowRetry: true,
  },
  agent_failed: {
    hint: 'The agent, or one of its tools, threw. Its error is the cause.',
    allowRetry: true,
  },
} as const satisfies Readonly<Record<string, Consequence>>;

export type AgentFailureCode = keyof typeof consequences;

/** Sentences for the visitor, for the failures that have one. */
export type FailureTexts = Readonly<
  Partial<Record<'context_too_long' | 'content_filtered' | 'guardrail', string>>
>;

export interface FailureDetails {
  /** HTTP status of the model's API. */
  readonly status?: number | undefined;
  /** The API's own id of the request, for its support. */
  readonly upstreamRequestId?: string | undefined;
  /** What the operator's code threw. Never what the API said: that can hold the key. */
  readonly cause?: unknown;
}

/** Why an answer failed, for the operator's log. */
export class AgentFailure extends Error {
  override readonly name = 'AgentFailure';
  readonly code: AgentFailureCode;
  readonly status: number | undefined;
  readonly upstreamRequestId: string | undefined;

  constructor(code: AgentFailureCode, details: FailureDetails = {}) {
    super(consequences[code].hint, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.upstreamRequestId = details.upstreamRequestId;
  }
}

/** What ends the visitor's stream. */
export function toStreamError(
  failure: AgentFailure,
  texts: FailureTexts = {},
): StreamError | CustomStreamError {
  const { allowRetry, text }: Consequence = consequences[failure.code];
  const own = (texts as Readonly<Record<string, string | undefined>>)[failure.code] ?? text;
  const options = { allowRetry, cause: failure };
  return own === undefined ? new StreamError(options) : new CustomStreamError(own, options);
}
