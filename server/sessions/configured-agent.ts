// Not through the folder's index, which reads files: the fetch handler also runs where there are none.
import { defaultModel } from '../agent/agent-responder.js';
import type { ResponderOptions } from '../agent/answer-stream.js';
import type { AgentFailureCode, ConfiguredResponder } from '../agent/index.js';
import { mappedModel } from '../agent/model-map.js';
import type { Responder } from '../chatkit/responder.js';
import type { Config } from '../config.js';
import type { Metrics } from '../http/metrics.js';
import { currentLog, type Log } from '../logging/request.js';
import { currentAnswer } from './current-answer.js';

/** Who answers self-hosted chats. */
export type ConfiguredAgent = Omit<ConfiguredResponder, 'kind'>;

/** A responder that an application brings, instead of an agent that the configuration describes. */
export const ownResponder = (responder: Responder): ConfiguredAgent => ({
  responder,
  ownCredentials: true,
  notReady: null,
  models: [],
  warnings: [],
});

/** What a visitor has brought about; nothing is broken. */
const visitorsOwn: ReadonlySet<AgentFailureCode> = new Set([
  'guardrail',
  'content_filtered',
  'context_too_long',
]);

/** Where an agent reports its tokens and failures. */
export const agentReports = (
  log: Log,
  metrics?: Pick<Metrics, 'tokens' | 'answerFailures'>,
): Pick<ResponderOptions, 'onUsage' | 'onFailure'> => ({
  onUsage: ({ inputTokens, outputTokens, model }) => {
    const notes = currentAnswer();
    if (notes !== undefined) {
      notes.inputTokens = (notes.inputTokens ?? 0) + inputTokens;
      notes.outputTokens = (notes.outputTokens ?? 0) + outputTokens;
      if (model !== undefined) notes.model = model;
    }
    metrics?.tokens.inc({ direction: 'input' }, inputTokens);
    metrics?.tokens.inc({ direction: 'output' }, outputTokens);
  },
  onFailure: ({ code, message, status, upstreamRequestId, cause }, { part, threadId }) => {
    metrics?.answerFailures.inc({ code, part });
    const notes = currentAnswer();
    if (part === 'answer' && notes !== undefined) notes.failure = code;
    const level = visitorsOwn.has(code) ? 'info' : 'error';
    // In line with the other lines of its request; a title can outlive it.
    currentLog(log)[level](
      { code, upstreamStatus: status, upstreamRequestId, part, threadId, err: cause },
      message,
    );
  },
});

/**
 * The default agent, made for the first message: the Agents SDK takes half a second and 50 MB, which a service with
 * hosted sessions may never need.
 */
export function lazyAgent(config: Config, create: () => Promise<Responder>): ConfiguredAgent {
  let creation: Promise<Responder> | undefined;
  let loaded: Responder | undefined;
  const load: Responder['respond'] = async function* (...asked) {
    creation ??= create();
    loaded = await creation;
    yield* loaded.respond(...asked);
  };
  const { apiKey, model = defaultModel, modelMap } = config.agent;
  return {
    ownCredentials: apiKey !== undefined,
    models: [mappedModel(modelMap, model)],
    warnings: [],
    notReady:
      (apiKey ?? config.openai.apiKey) === undefined
        ? 'The service has no OPENAI_API_KEY, and its agent no AGENT_API_KEY.'
        : null,
    responder: {
      respond: (...asked) => (loaded === undefined ? load(...asked) : loaded.respond(...asked)),
    },
  };
}
