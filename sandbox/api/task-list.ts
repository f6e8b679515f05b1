export type Column = 'todo' | 'doing' | 'done';

/** A task as the tools of a page, or of a list in memory, report it. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly column: Column;
  /** As people read it, such as “Today” or “10 December”. */
  readonly due?: string;
}

/** The output of `list_tasks` has `tasks`, that of the others `task` and `open`, a failed one `error`. */
export type ToolOutput =
  | { readonly tasks: readonly Task[] }
  | { readonly task: Task; readonly open: number }
  | { readonly error: string };

export type ToolArguments = Readonly<Record<string, unknown>>;

const maxTasks = 200;
const maxUsers = 10_000;

/** A list of tasks in memory, for pages that have no board: the same tools, under the same names. */
export class TaskList {
  #tasks: Task[] = [];
  #count = 0;

  /** Runs the tool of this name. */
  call(name: string, { id, title, column }: ToolArguments): ToolOutput {
    if (name === 'list_tasks') return { tasks: [...this.#tasks] };
    if (name === 'add_task') return this.#add(String(title));
    const task = this.#tasks.find((known) => known.id === id);
    if (task === undefined) return { error: 'There is no such task.' };
    const rest = this.#tasks.filter((known) => known !== task);
    if (name === 'remove_task') {
      this.#tasks = rest;
      return this.#changed(task);
    }
    const changed = { ...task, column: column as Column };
    this.#tasks = this.#tasks.map((known) => (known === task ? changed : known));
    return this.#changed(changed);
  }

  /** An answer may be asked for again, so a title that is open already is not added twice. */
  #add(title: string): ToolOutput {
    const known = this.#tasks.find((task) => task.title === title && task.column !== 'done');
    if (known) return this.#changed(known);
    if (this.#tasks.length >= maxTasks) return { error: 'The list is full. Remove a task first.' };
    const task: Task = { id: `task-${++this.#count}`, title, column: 'todo' };
    this.#tasks.push(task);
    return this.#changed(task);
  }

  #changed(task: Task): ToolOutput {
    return { task, open: this.#tasks.filter(({ column }) => column !== 'done').length };
  }
}

/** Each user's tasks, in memory. */
export class TaskLists {
  readonly #lists = new Map<string, TaskList>();

  of(user: string): TaskList {
    let list = this.#lists.get(user);
    if (list === undefined) {
      const [oldest] = this.#lists.keys();
      if (this.#lists.size >= maxUsers && oldest !== undefined) this.#lists.delete(oldest);
      list = new TaskList();
      this.#lists.set(user, list);
    }
    return list;
  }
}
