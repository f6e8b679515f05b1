import { parseIntent } from './intents.js';
import { code, help, long, sorry } from './task-texts.js';
import type { Task, TaskList, ToolArguments, ToolOutput } from './task-list.js';

/** A call of a tool since the last message, and what it returned. */
export interface ToolResult {
  readonly name: string;
  readonly output: unknown;
}

/** What the scripted assistant does next: it calls a tool, or says the text, in Markdown, that ends its turn. */
export type Step =
  | { readonly type: 'call'; readonly name: string; readonly arguments: ToolArguments }
  | { readonly type: 'say'; readonly text: string };

const say = (text: string): Step => ({ type: 'say', text });
const call = (name: string, args: ToolArguments = {}): Step => ({
  type: 'call',
  name,
  arguments: args,
});

const isOpen = ({ column }: Task): boolean => column !== 'done';

/** The output of a tool as the page returned it, which can be anything. */
function readOutput(output: unknown): ToolOutput | null {
  if (typeof output !== 'object' || output === null) return null;
  const { tasks, task, error } = output as Partial<Record<'tasks' | 'task' | 'error', unknown>>;
  if (typeof error === 'string') return { error };
  const isKnown = Array.isArray(tasks) || (typeof task === 'object' && task !== null);
  return isKnown ? (output as ToolOutput) : null;
}

/** Finds a task by part of its title, open tasks first. */
function find(tasks: readonly Task[], subject: string): Task | undefined {
  const wanted = subject
    .toLowerCase()
    .replace(/^(?:the|my|an?)\s+/, '')
    .replace(/\s+(?:card|task)$/, '');
  const found = tasks.filter(({ title }) => title.toLowerCase().includes(wanted));
  return found.find(isOpen) ?? found[0];
}

const count = (open: number): string => `**${open}** open ${open === 1 ? 'task' : 'tasks'}`;

/** “due today”, “due Friday” */
const dueOf = ({ due }: Task): string[] =>
  due === undefined
    ? []
    : [`due ${due.replace(/^(?:Today|Tomorrow|Next)\b/, (word) => word.toLowerCase())}`];

const factsOf = (task: Task): string[] => [
  ...(task.column === 'doing' ? ['in progress'] : []),
  ...dueOf(task),
];

function withFacts(task: Task): string {
  const facts = factsOf(task).join(', ');
  return facts === '' ? task.title : `${task.title} (${facts})`;
}

function listOf(tasks: readonly Task[]): string {
  if (tasks.length === 0) return 'Your list is empty. Tell me what to add.';
  const lines = tasks.map((task) =>
    isOpen(task) ? `- ${withFacts(task)}` : `- ~~${task.title}~~ done`,
  );
  return `You have ${count(tasks.filter(isOpen).length)}:\n\n${lines.join('\n')}`;
}

const states = { todo: 'open', doing: 'in progress', done: 'done' } as const;

function tableOf(tasks: readonly Task[]): string {
  if (tasks.length === 0) return listOf(tasks);
  const hasDates = tasks.some(({ due }) => due !== undefined);
  const row = (...cells: string[]) =>
    `| ${(hasDates ? cells : cells.slice(0, 2)).map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    row('Task', 'State', 'Due'),
    row('---', '---', '---'),
    ...tasks.map(({ title, column, due = '' }) => row(title, states[column], due)),
  ].join('\n');
}

const weekday = /^(?:mon|tues|wednes|thurs|fri|satur|sun)day$/i;

/** Smaller is sooner; what has no date comes last. */
function urgency({ due = '' }: Task): number {
  const order = [/^(?:overdue|yesterday)/i, /^today/i, /^tomorrow/i, weekday, /^next week/i, /./];
  const at = order.findIndex((pattern) => pattern.test(due));
  return at < 0 ? order.length : at;
}

/** Steps of a plan besides the first one. */
const planned = 2;

/** By date; of the same date, what is in progress first. */
function planOf(tasks: readonly Task[]): string {
  const [first, ...others] = tasks
    .filter(isOpen)
    .sort(
      (a, b) =>
        urgency(a) - urgency(b) || Number(b.column === 'doing') - Number(a.column === 'doing'),
    );
  if (first === undefined) {
    return tasks.length === 0 ? listOf(tasks) : 'Everything is done. Tell me what comes next.';
  }
  const facts = factsOf(first).join(' and ');
  const start = `Start with **${first.title}**: it ${facts === '' ? 'has waited longest' : `is ${facts}`}.`;
  const next = others.slice(0, planned).map((task, index) => `${index + 1}. ${withFacts(task)}`);
  const later = others.slice(planned).map((task) => `- ${withFacts(task)}`);
  return [
    start,
    ...(next.length > 0 ? [`After that:\n\n${next.join('\n')}`] : []),
    ...(later.length > 0 ? [`These can wait:\n\n${later.join('\n')}`] : []),
  ].join('\n\n');
}

const columns = { todo: 'To do', doing: 'In progress', done: 'Done' } as const;

type Change = 'add_task' | 'move_task' | 'remove_task';

function changed(what: Change, task: Task, open: number): string {
  const title = `**${task.title}**`;
  const done = {
    add_task: `Added ${title}.`,
    move_task:
      task.column === 'done'
        ? `Well done: ${title} is finished.`
        : `Moved ${title} to ${columns[task.column]}.`,
    remove_task: `Removed ${title}.`,
  };
  return `${done[what]} You have ${count(open)}.`;
}

/** More calls than any message needs: a page that returns something else each time is not asked for ever. */
const maxCalls = 4;

/** The step after a message and the calls that it has led to. What it says comes from what the tools returned. */
export function nextStep(message: string, results: readonly ToolResult[]): Step {
  const intent = parseIntent(message);
  const outputs = new Map(results.map(({ name, output }) => [name, readOutput(output)]));
  const failed = [...outputs.values()].find((output) => output !== null && 'error' in output);
  if (results.length > maxCalls)
    return say(`I could not finish that with this page’s tools. ${sorry}`);
  if (failed && 'error' in failed) return say(`That did not work. ${failed.error}`);
  /** Calls the tool; once it has returned, says what `read` makes of its output. */
  const use = (
    name: string,
    args: ToolArguments,
    read: (output: ToolOutput) => Step | null,
  ): Step => {
    const output = outputs.get(name);
    if (output === undefined) return call(name, args);
    return (
      (output && read(output)) ?? say(`The page’s tool ${name} did not tell me its tasks. ${sorry}`)
    );
  };
  const change = (name: Change, args: ToolArguments): Step =>
    use(name, args, (output) =>
      'task' in output ? say(changed(name, output.task, output.open)) : null,
    );
  const withTasks = (next: (tasks: readonly Task[]) => Step): Step =>
    use('list_tasks', {}, (output) => ('tasks' in output ? next(output.tasks) : null));
  const withTask = (subject: string, next: (task: Task) => Step): Step =>
    withTasks((tasks) => {
      const task = find(tasks, subject);
      return task ? next(task) : say(`I find no task like “${subject}”.\n\n${listOf(tasks)}`);
    });

  switch (intent.kind) {
    case 'add':
      return change('add_task', { title: intent.subject });
    case 'move':
      return withTask(intent.subject, ({ id }) =>
        change('move_task', { id, column: intent.column }),
      );
    case 'remove':
      return withTask(intent.subject, ({ id }) => change('remove_task', { id }));
    case 'list':
      return withTasks((tasks) => say(listOf(tasks)));
    case 'next':
      return withTasks((tasks) => say(planOf(tasks)));
    case 'table':
      return withTasks((tasks) => say(tableOf(tasks)));
    case 'code':
      return say(code);
    case 'long':
      return say(long);
    case 'greet':
      return say(`Hello! ${help}`);
    case 'who':
      return say(
        `${sorry} The page runs against the local sandbox, so that everything can be tried without a key.`,
      );
    case 'help':
      return say(help);
    case 'unknown':
      return say(`I am afraid that I cannot help with that. ${help}`);
  }
}

/** The whole answer to a message, for a page without tools: they run on the list. */
export function answer(message: string, tasks: TaskList): string {
  const results: ToolResult[] = [];
  for (;;) {
    const step = nextStep(message, results);
    if (step.type === 'say') return step.text;
    results.push({ name: step.name, output: tasks.call(step.name, step.arguments) });
  }
}
