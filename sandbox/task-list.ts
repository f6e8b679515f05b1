export interface Task {
  readonly title: string;
  done: boolean;
}

const maxTasks = 200;
const maxUsers = 10_000;

/** Each visitor's tasks; kept as long as the process lives. */
export class TaskLists {
  readonly #lists = new Map<string, Task[]>();

  of(user: string): Task[] {
    let list = this.#lists.get(user);
    if (list === undefined) {
      const [oldest] = this.#lists.keys();
      if (this.#lists.size >= maxUsers && oldest !== undefined) this.#lists.delete(oldest);
      list = [];
      this.#lists.set(user, list);
    }
    return list;
  }
}

type Intent =
  | { readonly kind: 'add' | 'complete' | 'remove'; readonly subject: string }
  | { readonly kind: 'list' | 'greet' | 'who' | 'code' | 'table' | 'help' };

const patterns: readonly (readonly [RegExp, Intent['kind']])[] = [
  [/^(?:hi|hello|hey|good (?:morning|day|evening))\b/i, 'greet'],
  [/\b(?:who|what) are you\b|\bare you (?:a |an )?(?:bot|ai|human|real)\b/i, 'who'],
  [/^(?:please )?(?:add|create|new task:?|remind me to|i (?:need|have) to)\s+(.+)/i, 'add'],
  [
    /^(?:please )?(?:complete|finish|check off|mark|done(?: with)?:?|i (?:did|finished))\s+(.+)/i,
    'complete',
  ],
  [/^(?:please )?(?:remove|delete|drop|forget)\s+(.+)/i, 'remove'],
  [/\btable\b/i, 'table'],
  [/\bcode\b|\bexample\b/i, 'code'],
  [/\b(?:list|show|what(?:'s| is| are)|which)\b|\btasks?\b|\bto ?do\b/i, 'list'],
];

const clean = (subject: string): string =>
  subject
    .replace(
      /\s+(?:as done|as finished|as complete|to (?:my|the) (?:list|tasks)|from (?:my|the) list)\b/gi,
      '',
    )
    .replace(/^(?:a task:?|the task|task)\s+(?:to\s+)?/i, '')
    .replace(/^["“'](.*)["”']$/, '$1')
    .replace(/[.!]+$/, '')
    .trim()
    .slice(0, 200);

export function parseIntent(message: string): Intent {
  const text = message.trim();
  for (const [pattern, kind] of patterns) {
    const match = pattern.exec(text);
    if (!match) continue;
    const subject = clean(match[1] ?? '');
    if (kind === 'add' || kind === 'complete' || kind === 'remove') {
      return subject === '' ? { kind: 'help' } : { kind, subject };
    }
    return { kind };
  }
  return { kind: 'help' };
}

const sorry = 'I am a scripted stand-in, not a language model, and not OpenAI.';
const help = `${sorry} I understand a few things about tasks:

- **Add** a task: *add water the plants*
- **List** them: *what is on my list?*
- **Complete** one: *done with water the plants*
- **Remove** one: *remove water the plants*`;

const find = (tasks: readonly Task[], subject: string): number =>
  tasks.findIndex(({ title }) => title.toLowerCase().includes(subject.toLowerCase()));

function listOf(tasks: readonly Task[]): string {
  if (tasks.length === 0) return 'Your list is empty. Tell me what to add.';
  const open = tasks.filter(({ done }) => !done).length;
  const lines = tasks.map(({ title, done }) => (done ? `- ~~${title}~~ done` : `- ${title}`));
  return `You have **${open}** open ${open === 1 ? 'task' : 'tasks'}:\n\n${lines.join('\n')}`;
}

function tableOf(tasks: readonly Task[]): string {
  if (tasks.length === 0) return listOf(tasks);
  const rows = tasks.map(
    ({ title, done }) => `| ${title.replaceAll('|', '\\|')} | ${done ? 'done' : 'open'} |`,
  );
  return `| Task | State |\n| --- | --- |\n${rows.join('\n')}`;
}

const code = `The widget is one line:

\`\`\`html
<script src="/taskpilot-chat.js" async data-session-endpoint="/api/chatkit/sessions"></script>
\`\`\``;

/** The answer to a message, in Markdown; changes the tasks as the message says. */
export function answer(message: string, tasks: Task[]): string {
  const intent = parseIntent(message);
  switch (intent.kind) {
    case 'add':
      if (tasks.length >= maxTasks) return 'Your list is full. Remove something first.';
      tasks.push({ title: intent.subject, done: false });
      return `Added **${intent.subject}**.\n\n${listOf(tasks)}`;
    case 'complete': {
      const task = tasks[find(tasks, intent.subject)];
      if (task === undefined) return `I find no task like “${intent.subject}”.\n\n${listOf(tasks)}`;
      task.done = true;
      return `Well done: **${task.title}** is finished.\n\n${listOf(tasks)}`;
    }
    case 'remove': {
      const index = find(tasks, intent.subject);
      const [task] = index < 0 ? [] : tasks.splice(index, 1);
      if (task === undefined) return `I find no task like “${intent.subject}”.\n\n${listOf(tasks)}`;
      return `Removed **${task.title}**.\n\n${listOf(tasks)}`;
    }
    case 'list':
      return listOf(tasks);
    case 'table':
      return tableOf(tasks);
    case 'code':
      return code;
    case 'greet':
      return `Hello! ${help}`;
    case 'who':
      return `${sorry} The page runs against the local sandbox, so that everything can be tried without a key.`;
    case 'help':
      return help;
  }
}
