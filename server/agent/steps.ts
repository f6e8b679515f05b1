import {
  isHidden,
  type Task,
  type ThreadStreamEvent,
  type WidgetRoot,
  type WorkflowItem,
  type WorkflowSummary,
} from '../chatkit/index.js';
import type { ItemOptions } from './messages.js';

/** How the steps are shown when they have ended. */
export interface WorkflowEnd {
  /** Instead of how long they took. */
  readonly summary?: WorkflowSummary;
  /** Whether the visitor sees them all; false by default. */
  readonly expanded?: boolean;
}

/** What a tool can do to the answer. */
export interface AnswerActions {
  /**
   * Sends an event of the answer at once: a progress text, a widget, an effect in the page. Steps that are shown end
   * before an item, so that the order on the visitor's screen is the order in the thread.
   */
  readonly emit: (event: ThreadStreamEvent) => void;
  /**
   * Shows a step of the tool's own.
   *
   * @returns changes the step, while the steps that it is among are shown
   *
   * @example
   * const change = run.context.addTask({ type: 'custom', title: 'Asking the shop', status_indicator: 'loading' });
   * const found = await shop.find(id);
   * change({ type: 'custom', title: `Found ${found.length} orders`, status_indicator: 'complete' });
   */
  readonly addTask: (task: Task) => (changed: Task) => void;
  /**
   * Shows a widget, or its states one after the other, as the function `streamWidget` does.
   *
   * @param copyText the text that the user gets when copying the widget
   */
  readonly streamWidget: (
    widget: WidgetRoot | AsyncIterable<WidgetRoot>,
    copyText?: string,
  ) => Promise<void>;
  /** Ends the steps that are shown; the next step begins others. */
  readonly endWorkflow: (end?: WorkflowEnd) => void;
}

/** Whether the visitor sees a further item from now on. */
export const showsItem = (event: ThreadStreamEvent): boolean =>
  (event.type === 'thread.item.added' || event.type === 'thread.item.done') &&
  !isHidden(event.item);

/**
 * The agent's reasoning and tool calls, as the tasks of a workflow item. The item ends when a message begins;
 * the next step begins another one.
 */
export class Steps {
  readonly #options: ItemOptions;
  #item: WorkflowItem | null = null;
  #indexes = new Map<string, number>();
  #own = 0;

  constructor(options: ItemOptions) {
    this.#options = options;
  }

  /** Shows that the model is reasoning, even if no summary of it follows. */
  beginReasoning(): void {
    if (this.#item === null) this.#announce(this.#open('reasoning'));
  }

  /** Adds a task, or updates the one with this key. */
  set(key: string, task: Task): void {
    const item = this.#item ?? this.#open('custom');
    const { tasks } = item.workflow;
    const known = this.#indexes.get(key);
    const index = known ?? tasks.length;
    this.#indexes.set(key, index);
    tasks[index] = task;
    // ChatKit shows a custom workflow from its first task on.
    if (item.workflow.type === 'custom' && tasks.length === 1 && known === undefined) {
      this.#announce(item);
      return;
    }
    this.#options.emit({
      type: 'thread.item.updated',
      item_id: item.id,
      update: {
        type: known === undefined ? 'workflow.task.added' : 'workflow.task.updated',
        task_index: index,
        task: { ...task },
      },
    });
  }

  /** Adds a task of a tool's own, which the returned function changes while its workflow lasts. */
  add(task: Task): (changed: Task) => void {
    const key = `own ${++this.#own}`;
    this.set(key, task);
    return (changed) => {
      if (this.get(key) !== undefined) this.set(key, changed);
    };
  }

  /** The task with this key, while its workflow lasts. */
  get(key: string): Task | undefined {
    return this.#item?.workflow.tasks[this.#indexes.get(key) ?? -1];
  }

  end({ summary, expanded }: WorkflowEnd = {}): void {
    const item = this.#item;
    if (item === null) return;
    this.#item = null;
    this.#indexes = new Map();
    const ms = Date.parse(this.#options.now()) - Date.parse(item.created_at);
    item.workflow.summary = summary ?? { duration: Math.max(0, Math.floor(ms / 1000)) };
    if (expanded !== undefined) item.workflow.expanded = expanded;
    item.workflow.tasks = item.workflow.tasks.map((task) =>
      task.status_indicator === 'loading' ? { ...task, status_indicator: 'complete' } : task,
    );
    this.#options.emit({ type: 'thread.item.done', item });
  }

  #open(type: WorkflowItem['workflow']['type']): WorkflowItem {
    const { newId, now, threadId } = this.#options;
    this.#item = {
      type: 'workflow',
      id: newId('workflow'),
      thread_id: threadId,
      created_at: now(),
      workflow: { type, tasks: [], expanded: false },
    };
    return this.#item;
  }

  #announce(item: WorkflowItem): void {
    this.#options.emit({ type: 'thread.item.added', item: structuredClone(item) });
  }
}
