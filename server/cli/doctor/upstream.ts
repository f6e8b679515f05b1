import { defaultModel } from '../../agent/index.js';
import type { Config } from '../../config.js';
import type { Fetch } from '../../http/upstream-fetch.js';
import { toProblem, type Problem, type ProblemCode } from '../../problems.js';
import { systemTiming } from '../../retry.js';
import { createHostedBackend } from '../../sessions/hosted.js';
import { findingsOf, type Finding } from './finding.js';

/** The user of the sessions that are opened for a check. */
export const doctorUser = 'taskpilot-chat-doctor';

const reach =
  'Check OPENAI_BASE_URL, HTTPS_PROXY and the firewall: taskpilot-chat asks from this machine.';
const remedies: Partial<Record<ProblemCode, string>> = {
  workflow_unavailable:
    'Check CHATKIT_WORKFLOW_ID, and that OPENAI_API_KEY is of the same project. From 30 November 2026 OpenAI hosts no workflows: set CHATKIT_BACKENDS=self-hosted.',
  upstream_rejected: 'Check OPENAI_API_KEY, and what its project may do.',
  upstream_unavailable: reach,
  upstream_timeout: reach,
  upstream_invalid_response: 'Check OPENAI_BASE_URL: something else than OpenAI answers there.',
};

/** The system's name of what failed, such as ECONNREFUSED; the innermost one. */
function reasonOf(error: unknown): string {
  let reason = '';
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^[A-Z_]+$/.test(code)) reason = ` (${code})`;
  }
  return reason;
}

const statusText = ({ upstreamStatus, cause }: Problem): string =>
  upstreamStatus === undefined ? reasonOf(cause) : ` (HTTP ${upstreamStatus})`;

/** Opens a session with the configured key and workflow, and cancels it. */
export async function checkHosted(
  config: Config,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { ok, failed, note } = findingsOf('Hosted');
  const selfHosted = config.backends.includes('self-hosted');
  if (!config.backends.includes('hosted')) return [note('CHATKIT_BACKENDS has no hosted.')];
  if (config.openai.apiKey === undefined && selfHosted && config.agent.apiKey !== undefined) {
    return [note('OPENAI_API_KEY is not set: all chats are self-hosted.')];
  }
  const backend = createHostedBackend({
    ...config.openai,
    workflowId: config.workflowId,
    ttlSeconds: config.sessionTtlSeconds,
    fetch,
    timing: systemTiming,
  });
  try {
    const start = Date.now();
    const session = await backend.create({ user: doctorUser, isLocal: false, signal });
    const ms = Date.now() - start;
    await backend.cancel(session.session_id, signal);
    return [ok(`OpenAI opened a session of the workflow (${ms} ms), and cancelled it.`)];
  } catch (error) {
    const problem = toProblem(error);
    if (problem.code === 'workflow_unavailable' && selfHosted) {
      return [
        note(
          'OpenAI does not know the workflow: this service’s own agent answers in its place.',
          remedies.workflow_unavailable,
        ),
      ];
    }
    const [sentence = ''] = problem.message.split('. ');
    const remedy = remedies[problem.code] ?? 'Set OPENAI_API_KEY, or OPENAI_API_KEY_FILE.';
    return [failed(`${sentence.replace(/\.$/, '')}${statusText(problem)}.`, remedy)];
  }
}

/** Further apart, tokens are refused and signatures expire early, in milliseconds. */
const maxClockSkewMs = 60_000;

function compareClocks(date: string | null, sentAt: number): Finding[] {
  const { ok, failed, note } = findingsOf('Clock');
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return [note('Not checked: the upstream’s answer has no Date.')];
  const ours = (sentAt + Date.now()) / 2;
  const seconds = Math.round((ours - theirs) / 1000);
  if (Math.abs(ours - theirs) <= maxClockSkewMs) return [ok('It agrees with the upstream’s.')];
  const direction = seconds > 0 ? 'fast' : 'slow';
  return [
    failed(
      `The clock of this machine is ${Math.abs(seconds)} s ${direction}.`,
      'Synchronise it (NTP): tokens and sessions have times in them.',
    ),
  ];
}

/** Whether the key may use the model. A service that is compatible with OpenAI may not tell. */
async function findModel(response: Response, model: string): Promise<Finding[]> {
  const { ok, failed, note } = findingsOf('Model');
  const { status } = response;
  if (status === 200) return [ok(`The key may use ${model}.`)];
  if (status === 401) {
    return [
      failed(
        'The key of the agent was refused (HTTP 401).',
        'Check OPENAI_API_KEY, or AGENT_API_KEY where it is set.',
      ),
    ];
  }
  const text = await response.text();
  if (status !== 404 || !text.includes('"model_not_found"')) {
    return [note(`Not checked: GET /models/${model} answers ${status}.`)];
  }
  return [
    failed(
      `The key may not use the model ${model}, or there is none.`,
      'Set AGENT_MODEL to a model of the project, or let the project use it.',
    ),
  ];
}

/** Asks for the model: about the agent's key, and for the time. */
export async function checkModelAndClock(
  config: Config,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { agent, openai, backends } = config;
  const key = agent.apiKey ?? openai.apiKey;
  // A module chooses its models itself.
  const model = agent.model ?? (agent.module === undefined ? defaultModel : undefined);
  const sentAt = Date.now();
  let response;
  try {
    response = await fetch(`${openai.baseUrl.replace(/\/+$/, '')}/models/${model ?? ''}`, {
      headers: { authorization: `Bearer ${key ?? ''}` },
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    const { failed } = findingsOf('Clock');
    return [failed(`The upstream cannot be reached${reasonOf(error)}.`, reach)];
  }
  const clock = compareClocks(response.headers.get('date'), sentAt);
  if (key === undefined || model === undefined || !backends.includes('self-hosted')) return clock;
  return [...(await findModel(response, model)), ...clock];
}
