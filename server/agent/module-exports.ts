import type { Agent } from '@openai/agents';
import type { Responder } from '../chatkit/index.js';
import type { Sdk } from './sdk.js';
import { workflowHistories, type RunWorkflow, type WorkflowHistory } from './workflow-responder.js';

/** What an operator's module has to offer. */
export type AgentModule =
  | { readonly type: 'responder'; readonly responder: Responder }
  | {
      readonly type: 'workflow';
      readonly runWorkflow: RunWorkflow;
      readonly history: WorkflowHistory;
    }
  | { readonly type: 'agent'; readonly agent: Agent; readonly sdk: Sdk };

type Exports = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Exports => typeof value === 'object' && value !== null;

const isResponder = (value: unknown): value is Responder =>
  isObject(value) && typeof value['respond'] === 'function';

/** An agent of whatever copy of the SDK. */
const looksLikeAgent = (value: unknown): value is Agent =>
  isObject(value) && typeof value['getSystemPrompt'] === 'function' && 'instructions' in value;

/** A class is a function, too, but cannot be called. */
const isFunction = (value: unknown): value is RunWorkflow =>
  typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));

/** A CommonJS module arrives as the default export, with its own exports within. */
function flatten(exports: Exports): Exports {
  const { default: inner } = exports;
  const isAnswer = isResponder(inner) || looksLikeAgent(inner) || !isObject(inner);
  return isAnswer ? exports : { ...inner, ...exports, default: inner['default'] };
}

export const wanted =
  'an Agent (default export, or `agent`), `runWorkflow` (as Agent Builder exports it), or a Responder (default export, or `responder`)';

/**
 * Finds who answers in a module's exports: the default export first, then `responder`, `runWorkflow`,
 * `agent`.
 *
 * @param sdks the copies of the SDK that the module may have used
 * @returns a sentence about what is wrong when there is nobody
 */
export function readExports(module: Exports, sdks: readonly Sdk[]): AgentModule | string {
  const exports = flatten(module);
  const { default: main, responder, runWorkflow, agent } = exports;
  const answerer = [main, responder].find(isResponder);
  if (answerer !== undefined) return { type: 'responder', responder: answerer };
  const found = [main, runWorkflow, agent].find(
    (candidate) => looksLikeAgent(candidate) || isFunction(candidate),
  );
  if (isFunction(found)) {
    const history = workflowHistories.find((name) => name === exports['history']);
    if (history === undefined && exports['history'] !== undefined) {
      return `its \`history\` is none of ${workflowHistories.join(', ')}`;
    }
    return { type: 'workflow', runWorkflow: found, history: history ?? 'messages' };
  }
  if (looksLikeAgent(found)) {
    const sdk = sdks.find(({ Agent: Class }) => found instanceof Class);
    if (sdk !== undefined) return { type: 'agent', agent: found, sdk };
    return 'its Agent was made by a copy of @openai/agents that cannot be found from the module';
  }
  const names = Object.keys(exports).filter((name) => exports[name] !== undefined);
  const list = names.length === 0 ? 'nothing' : names.join(', ');
  return `it exports ${list}; wanted is ${wanted}`;
}
