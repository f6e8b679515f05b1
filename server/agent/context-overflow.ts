import type { AgentInputItem, Model } from '@openai/agents';
import { estimateTokens } from './model-input.js';

type ModelRequest = Parameters<Model['getResponse']>[0];

const namedLimit = /(?:context (?:length|window|size)|max_model_len|n_ctx)\D{0,30}(\d[\d,]*)/i;

/** The tokens that the model takes, if the refusal says so: as named, or the smallest number that can be it. */
function limitIn(message: string): number | undefined {
  const texts = namedLimit.exec(message)?.slice(1) ?? message.match(/\d[\d,]*/g) ?? [];
  const numbers = texts
    .map((text) => Number(text.replaceAll(',', '')))
    .filter((number) => number >= 512);
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

const isUserMessage = (item: AgentInputItem): boolean => 'role' in item && item.role === 'user';

/**
 * The newest items within an estimated number of tokens. They begin with a message of the user, so that no
 * output of a tool is without its call; the last of these messages and what follows it are always kept.
 */
function newest(items: readonly AgentInputItem[], maxTokens: number): AgentInputItem[] {
  let tokens = 0;
  let from: number | undefined;
  for (let at = items.length - 1; at >= 0; at -= 1) {
    const item = items[at];
    if (item === undefined) break;
    tokens += estimateTokens(item);
    if (tokens > maxTokens && from !== undefined) break;
    if (isUserMessage(item)) from = at;
  }
  return items.slice(from ?? 0);
}

/** When the refusal gives no limit. */
const fallbackMaxOutputTokens = 1024;

/**
 * A smaller request after a refusal: less of the conversation, and a shorter answer, whose bound counts too.
 * Null when there is nothing to leave out.
 */
export function smallerRequest(request: ModelRequest, refusal: string): ModelRequest | null {
  const { modelSettings } = request;
  const input: AgentInputItem[] =
    typeof request.input === 'string'
      ? [{ type: 'message', role: 'user', content: request.input }]
      : request.input;
  const limit = limitIn(refusal);
  const outputTokens = limit === undefined ? fallbackMaxOutputTokens : Math.floor(limit / 4);
  const asked = modelSettings.maxTokens ?? 0;
  const tokens = input.reduce((sum, item) => sum + estimateTokens(item), 0);
  // With a shorter answer the conversation may fit as it is; else the estimate of its tokens is wrong.
  const share = limit === undefined ? 4 : asked > outputTokens ? 1 : 2;
  const kept = newest(input, Math.min(limit === undefined ? Infinity : limit / 3, tokens / share));
  const maxTokens = Math.min(modelSettings.maxTokens ?? outputTokens, outputTokens);
  if (kept.length === input.length && maxTokens === modelSettings.maxTokens) return null;
  return { ...request, input: kept, modelSettings: { ...modelSettings, maxTokens } };
}
