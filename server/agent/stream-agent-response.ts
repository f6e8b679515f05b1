import type { RunStreamEvent, RunToolApprovalItem } from '@openai/agents';
import type {
  ClientToolCallItem,
  ResponderContext,
  ThreadMetadata,
  ThreadStreamEvent,
} from '../chatkit/index.js';
import { Answer } from './answer.js';
import type { AgentContext } from './answer-stream.js';
import { EventQueue } from './async.js';
import { AgentFailure, className, toFailure } from './failures.js';
import { outputText } from './messages.js';
import { RunEvents, type RunEventsOptions } from './run-events.js';
import { clientToolCall } from './tools.js';

/** A run that `run(agent, input, { stream: true })` of `@openai/agents` has returned. */
export interface StreamedRun extends AsyncIterable<RunStreamEvent> {
  readonly completed: Promise<void>;
  readonly interruptions: readonly RunToolApprovalItem[];
  readonly finalOutput?: unknown;
  readonly lastAgent: { readonly outputType: unknown } | undefined;
}

/**
 * Writes the events of a run until its end, or until it waits for a tool of the page or for an approval.
 *
 * @returns false when the run was aborted
 */
export async function writeRun(
  run: StreamedRun,
  events: RunEvents,
  answer: Answer,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for await (const event of run) {
      const written = events.write(event);
      if (written !== undefined) await written;
    }
    // The SDK ends the stream of an aborted run as if it were complete.
    if (signal.aborted) return false;
    await run.completed;
    return true;
  } catch (error) {
    if (className(error).includes('Tripwire')) answer.retract();
    throw error;
  }
}

/**
 * Ends what a run has written: with the call of a tool in the page, if it waits for one, or else with its output, where
 * that was not streamed.
 *
 * @returns the call, which has been sent
 * @throws {AgentFailure} when the output has nothing to say
 */
export function endRun(
  run: StreamedRun,
  events: RunEvents,
  context: AgentContext,
): ClientToolCallItem | null {
  events.end();
  const call = clientToolCall(run.interruptions, context);
  if (call !== null) context.emit({ type: 'thread.item.done', item: call });
  else if (run.interruptions.length === 0 && events.needsOutputText) {
    addOutput(run.finalOutput, events);
  }
  return call;
}

function addOutput(output: unknown, events: RunEvents): void {
  const result = outputText(output);
  if (result.type === 'blocked') throw new AgentFailure('guardrail');
  if (result.type === 'empty') throw new AgentFailure('no_answer');
  events.addMessage(result.text, result.type === 'text' ? result.annotations : undefined);
}

/**
 * Whether the visitor has an answer although the run has failed: a refusal of the model, whose text has been streamed, or
 * a widget of a tool, to which the model had nothing to add.
 */
export const isAnswered = (error: unknown, events: RunEvents, answer: Answer): boolean =>
  className(error) === 'ModelRefusalError'
    ? !events.needsOutputText
    : answer.hasWidget && toFailure(error).code === 'no_answer';

interface Stream {
  readonly answer: Answer;
  /** Replaced when it has ended, for a further run of the same answer. */
  queue: EventQueue<ThreadStreamEvent>;
}

/** A property, so that copies of a context (`{ ...context, shop }`) have it too. */
const streamKey = Symbol.for('taskpilot-chat.stream');

/**
 * Makes the context of an agent's run for a responder of your own, to be given to `run` and to `streamAgentResponse`.
 *
 * @param context what the responder got
 * @param own further fields for your tools and instructions
 *
 * @example
 * async *respond(thread, message, context) {
 *   const agentContext = createAgentContext(thread, context, { shop });
 *   const { data } = await context.store.loadItems(thread.id, { limit: 50, order: 'desc' }, context);
 *   const input = await toAgentInput(data.reverse());
 *   const { signal } = context;
 *   const result = await run(agent, input, { stream: true, context: agentContext, signal });
 *   yield* streamAgentResponse(agentContext, result);
 * }
 */
export function createAgentContext<App extends object, Own extends object = object>(
  thread: ThreadMetadata,
  context: ResponderContext<App>,
  own: Own = {} as Own,
): AgentContext<App> & Own {
  const stream: Stream = {
    answer: new Answer({ ...context, thread }, (event) => stream.queue.push(event)),
    queue: new EventQueue(),
  };
  const made = { ...context, thread, ...stream.answer.actions, [streamKey]: stream };
  return { ...made, ...own };
}

/** Options of `streamAgentResponse`. */
export type StreamAgentOptions = RunEventsOptions;

/**
 * The events of a streamed run of the Agents SDK, for a responder of your own to yield: text with citations, reasoning,
 * steps, images, what tools send with `emit`, and the call of a tool in the page. `createAgentResponder` does the same,
 * and adds titles, deadlines, approvals and messages for failures.
 *
 * Approvals that the run waits for are in `result.interruptions` afterwards; the visitor is not asked.
 *
 * @param context made by `createAgentContext`; the same that the run got
 * @param result of `run(agent, input, { stream: true, context, signal: context.signal })`
 * @throws what the run throws; when a guardrail has stopped it, the items of the answer have been removed
 * @throws {TypeError} for another context
 */
export async function* streamAgentResponse(
  context: AgentContext,
  result: StreamedRun,
  options: StreamAgentOptions = {},
): AsyncGenerator<ThreadStreamEvent, void> {
  const stream = (context as { [streamKey]?: Stream })[streamKey];
  if (stream === undefined) {
    throw new TypeError('streamAgentResponse takes a context that createAgentContext has made.');
  }
  const { answer, queue } = stream;
  const events = new RunEvents(result.lastAgent ?? { outputType: 'text' }, answer, options);
  const written = async () => {
    try {
      if (await writeRun(result, events, answer, context.signal)) endRun(result, events, context);
    } catch (error) {
      if (!isAnswered(error, events, answer)) throw error;
      events.end();
    }
  };
  written().then(
    () => queue.end(),
    (error: unknown) => queue.fail(error),
  );
  yield* queue;
  stream.queue = new EventQueue();
}
