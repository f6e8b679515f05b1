import type { AgentInputItem, RunToolApprovalItem } from '@openai/agents';
import type { Annotation, AssistantMessageItem, ThreadStreamEvent } from '../chatkit/index.js';
import type { AgentContext, OnUsage } from './answer-stream.js';
import { approvalQuestion, type ApprovalPolicy } from './approvals.js';
import { Lanes, type Lane } from './lanes.js';

/**
 * A workflow that waits for the visitor. Its function is called again then, from its beginning: the runs that it has
 * finished return what they returned before, and the run that was interrupted goes on.
 */
export interface KeptWorkflow {
  /** The message that is being answered. */
  readonly message_id: string | null;
  /** The states of its runs by their keys, as the SDK serialises them. */
  readonly runs: Readonly<Record<string, string>>;
  /** What the visitor has decided, by the key of the run or request that asked. */
  readonly decisions: Readonly<Record<string, readonly boolean[]>>;
  /** The key whose questions the visitor is asked now. */
  readonly asked: string;
  readonly said: readonly string[];
}

/** A pause: what to ask, and what to keep. */
export interface WorkflowPause {
  readonly questions: readonly string[];
  readonly kept: KeptWorkflow;
}

/** Ends the workflow's function when the visitor has to decide first. */
export class WorkflowPausedError extends Error {
  override readonly name = 'WorkflowPausedError';

  constructor() {
    super('The workflow waits for an approval.');
  }
}

export interface WorkflowRunOptions {
  readonly context: AgentContext;
  /** The message that the run answers. */
  readonly message: string;
  readonly messageId: string | null;
  /** The conversation before the message; empty when the models are not to get it. */
  readonly history: readonly AgentInputItem[];
  /** For agents that set no bound themselves. */
  readonly maxOutputTokens: number;
  readonly onUsage: OnUsage | undefined;
  readonly approvals: ApprovalPolicy;
  /** The workflow that goes on, with the decisions of the visitor. */
  readonly kept?: KeptWorkflow | undefined;
}

/** A run of the SDK, whose state can be kept. */
interface Kept {
  readonly state: { toString(): string };
}

const squash = (text: string): string => text.replace(/\s+/g, '');

/** One call of an operator's workflow, which runs agents itself with the Agents SDK. */
export class WorkflowRun {
  readonly options: WorkflowRunOptions;
  /** Resolves when the visitor has to decide before the workflow can go on. */
  readonly paused: Promise<WorkflowPause>;
  /** What a model has answered last; null before the first answer. */
  lastText: string | null = null;
  readonly #pause: (pause: WorkflowPause) => void;
  readonly #lanes: Lanes;
  readonly #said: string[];
  readonly #messages: AssistantMessageItem[] = [];
  /** Ids of the items that were sent, which a guardrail may retract. */
  readonly #sent = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #results = new Map<string, Kept>();

  constructor(options: WorkflowRunOptions) {
    this.options = options;
    this.#said = [...(options.kept?.said ?? [])];
    let pause: (pause: WorkflowPause) => void = () => undefined;
    this.paused = new Promise((resolve) => {
      pause = resolve;
    });
    this.#pause = pause;
    this.#lanes = new Lanes((event) => this.#send(event));
  }

  /** Ends the requests of the run. */
  get signal(): AbortSignal {
    return this.options.context.signal;
  }

  /** Whether an agent has answered the visitor with text. */
  get hasSpoken(): boolean {
    return this.#said.length > 0;
  }

  /** Where one agent speaks. */
  openLane(): Lane {
    return this.#lanes.open();
  }

  /** Whether the visitor has read this text already: from one agent, or from all of them together. */
  hasSaid(text: string): boolean {
    const wanted = squash(text);
    return (
      this.#said.some((said) => squash(said) === wanted) || squash(this.#said.join('')) === wanted
    );
  }

  /** Adds the sources in a result to the message with its text, unless that has sources of its own. */
  cite(text: string, annotations: readonly Annotation[]): void {
    const wanted = squash(text);
    const item = this.#messages.findLast(
      ({ content }) => squash(content.map((part) => part.text).join('')) === wanted,
    );
    const last = item?.content.at(-1);
    if (item === undefined || last === undefined || annotations.length === 0) return;
    if (item.content.some((part) => part.annotations.length > 0)) return;
    const content = [...item.content.slice(0, -1), { ...last, annotations: [...annotations] }];
    this.options.context.emit({ type: 'thread.item.replaced', item: { ...item, content } });
  }

  /** Removes everything that the agents have said. */
  retract(): void {
    for (const id of this.#sent) {
      this.options.context.emit({ type: 'thread.item.removed', item_id: id });
    }
  }

  /** The key of the next run or request of this name, the same when the workflow is called again. */
  nextKey(name: string): string {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return `${name} ${count}`;
  }

  /** The state in which the run with this key was kept. */
  keptState(key: string): string | undefined {
    return this.options.kept?.runs[key];
  }

  decisionsOf(key: string): readonly boolean[] | undefined {
    return this.options.kept?.decisions[key];
  }

  /** Remembers a finished run, for a workflow that pauses later. */
  finish(key: string, result: Kept): void {
    this.#results.set(key, result);
  }

  /** Stops until the visitor has decided about calls of tools. Always throws. */
  waitForCalls(key: string, result: Kept, calls: readonly RunToolApprovalItem[]): never {
    this.#results.set(key, result);
    const { locale } = this.options.context;
    return this.#wait(
      key,
      calls.map((call) => approvalQuestion(call, locale)),
    );
  }

  /** @returns what the visitor has decided; throws while they have not */
  readonly approvalRequest = (message: string): boolean => {
    if (this.options.approvals === 'allow') return true;
    const key = this.nextKey('approvalRequest');
    const [approved] = this.decisionsOf(key) ?? [];
    return approved ?? this.#wait(key, [message]);
  };

  #wait(key: string, questions: readonly string[]): never {
    const { kept, messageId } = this.options;
    const runs = [...this.#results].map(([name, { state }]) => [name, state.toString()] as const);
    const decisions = Object.entries(kept?.decisions ?? {}).filter(([name]) => name !== key);
    this.#pause({
      questions,
      kept: {
        message_id: messageId,
        runs: Object.fromEntries(runs),
        decisions: Object.fromEntries(decisions),
        asked: key,
        said: this.#said,
      },
    });
    throw new WorkflowPausedError();
  }

  #send(event: ThreadStreamEvent): void {
    if ('item' in event) this.#sent.add(event.item.id);
    if (event.type === 'thread.item.done' && event.item.type === 'assistant_message') {
      this.#said.push(event.item.content.map(({ text }) => text).join('\n'));
      this.#messages.push(event.item);
    }
    this.options.context.emit(event);
  }
}
