import type { Task, WorkflowItem } from '../chatkit/index.js';
import type { ItemOptions } from './messages.js';

/**
 * The agent's reasoning and tool calls, as the tasks of a workflow item. The item ends when a message begins;
 * the next step begins another one.
 */
export class Steps {
  readonly #options: ItemOptions;
  #item: WorkflowItem | null = null;
  #indexes = new Map<string, number>();

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

  /** The task with this key, while its workflow lasts. */
  get(key: string): Task | undefined {
    return this.#item?.workflow.tasks[this.#indexes.get(key) ?? -1];
  }

  end(): void {
    const item = this.#item;
    if (item === null) return;
    this.#item = null;
    this.#indexes = new Map();
    const ms = Date.parse(this.#options.now()) - Date.parse(item.created_at);
    item.workflow.summary = { duration: Math.max(0, Math.floor(ms / 1000)) };
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
