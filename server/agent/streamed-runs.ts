import type {
  Agent,
  AgentInputItem,
  AgentOutputType,
  Runner,
  RunResult,
  RunState,
} from '@openai/agents';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Answer } from './answer.js';
import { decide } from './approvals.js';
import { AgentFailure } from './failures.js';
import { RunEvents } from './run-events.js';
import { writeRun, type StreamedRun } from './stream-agent-response.js';
import { isClientTool } from './tools.js';
import { currentWorkflowRun, type Sdk } from './upstream.js';
import type { WorkflowRun } from './workflow-run.js';

type AnyAgent = Agent<unknown, AgentOutputType>;
type State = RunState<unknown, AnyAgent>;
type Call = ReturnType<State['getInterruptions']>[number];
type Input = string | AgentInputItem[] | State;

interface RunOptions {
  readonly stream?: boolean;
  readonly signal?: AbortSignal;
}

/** `Runner.prototype.run`, of any version of the SDK. */
type Run = (this: Runner, agent: AnyAgent, input: Input, options?: RunOptions) => Promise<unknown>;

type Result = RunResult<unknown, AnyAgent>;

const patched = new WeakSet<Sdk>();

/** Set within a run: an agent that is used as a tool or as a guardrail does not speak to the visitor. */
const inner = new AsyncLocalStorage<true>();

/**
 * Lets the agents of workflows speak while they run, although a workflow awaits whole results: within a workflow that
 * this service calls, `run` streams. The SDK has no other place for this, because a workflow makes its own `Runner`.
 */
export function streamRuns(sdk: Sdk): void {
  if (patched.has(sdk)) return;
  patched.add(sdk);
  const prototype = sdk.Runner.prototype as unknown as { run: Run };
  const original = prototype.run;
  prototype.run = function (agent, input, options) {
    const run = currentWorkflowRun();
    const isOwn = run === undefined || inner.getStore() === true || options?.stream === true;
    if (isOwn) return original.call(this, agent, input, options);
    const start = (next: Input, signal: AbortSignal) =>
      original.call(this, agent, next, { ...options, stream: true, signal }) as ReturnType<Start>;
    return inner.run(true, () => runInWorkflow(sdk, agent, input, options?.signal, run, start));
  };
}

type Streamed = Result & StreamedRun;
type Start = (input: Input, signal: AbortSignal) => Promise<Streamed>;

async function runInWorkflow(
  sdk: Sdk,
  agent: AnyAgent,
  input: Input,
  signal: AbortSignal | undefined,
  run: WorkflowRun,
  start: Start,
): Promise<Result> {
  const key = run.nextKey(agent.name);
  const kept = run.keptState(key);
  let next = input;
  if (kept !== undefined) {
    const state: State = await sdk.RunState.fromString(agent, kept);
    const calls = state.getInterruptions();
    const result = new sdk.RunResult(state);
    if (calls.length === 0) {
      run.finish(key, result);
      return result;
    }
    const approved = run.decisionsOf(key) ?? run.waitForCalls(key, result, calls);
    decide(state, calls, approved);
    next = state;
  }
  const ends = [run.signal, signal].filter((end) => end !== undefined);
  for (;;) {
    const waited = next === input ? [] : (next as State).getInterruptions();
    const result = await speak(agent, run, await start(next, AbortSignal.any(ends)), waited);
    const { interruptions: calls, state } = result;
    if (calls.length === 0) {
      run.finish(key, result);
      return result;
    }
    if (calls.some(isClientCall)) {
      throw new AgentFailure('approval_unsupported');
    }
    if (run.options.approvals === 'ask') run.waitForCalls(key, result, calls);
    decide(
      state,
      calls,
      calls.map(() => true),
    );
    next = state;
  }
}

const isClientCall = ({ agent, name }: Call): boolean =>
  (agent as AnyAgent).tools.some((tool) => tool.name === name && isClientTool(tool));

/** Writes the events of a run to the visitor's answer, and waits for its end. */
async function speak(
  agent: AnyAgent,
  run: WorkflowRun,
  result: Streamed,
  waited: readonly Call[],
): Promise<Streamed> {
  const lane = run.openLane();
  const answer = new Answer(run.options.context, lane.emit);
  const events = new RunEvents(agent, answer);
  for (const call of waited) events.resumeCall(call);
  try {
    await writeRun(result, events, answer, run.signal);
    run.signal.throwIfAborted();
    events.end();
    return result;
  } finally {
    lane.close();
  }
}
