export interface Task {
  readonly title: string;
  done: boolean;
}

const maxTasks = 200;
const maxUsers = 10_000;

/** Each user's tasks, in memory. */
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

const sorry = 'I am a scripted stand-in, not a language model, and not OpenAI.';
const help = `${sorry} I understand a few things about tasks:

- **Add** a task: *add water the plants*
- **List** them: *what is on my list?*
- **Complete** one: *done with water the plants*
- **Remove** one: *remove water the plants*`;

const code = `The widget is one line:

\`\`\`html
<script src="/taskpilot-chat.js" async data-session-endpoint="/api/chatkit/sessions"></script>
\`\`\``;

/** Long enough to stop and to scroll. */
const long = `${sorry} Here is what happens between your message and this answer.

### In the page

1. The bubble opens, and ChatKit's script and a session are fetched at the same time.
2. The session comes from the service behind the page. It holds the API key, which the page never sees; what
   the page gets is a client secret that lives for ten minutes.
3. ChatKit's frame starts, asks the page for that secret, and shows the place where you write.

### In the frame

Your message goes to the chat's server in one request. The answer comes back as a stream of small events: one
says that a message begins, each of the next ones brings a word or two, and the last one says that it is
complete. You can stop it at any time, and what has been said by then stays.

### When something fails

> A failure is one sentence for you, and one line with a code for the developer.

A secret that has ended is renewed without your noticing. An answer that was cut off can be asked for again.
And when the page is loaded anew, the conversation is still there.`;

/** Finds a task by part of its title, open tasks first. */
function find(tasks: readonly Task[], subject: string): Task | undefined {
  const wanted = subject.toLowerCase();
  const found = tasks.filter(({ title }) => title.toLowerCase().includes(wanted));
  return found.find(({ done }) => !done) ?? found[0];
}

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

function nextOf(tasks: readonly Task[]): string {
  const first = tasks.find(({ done }) => !done);
  if (first === undefined) return listOf(tasks);
  return `Start with **${first.title}**: it has waited longest.\n\n${listOf(tasks)}`;
}

function add(tasks: Task[], title: string): string {
  if (tasks.length >= maxTasks) return 'Your list is full. Remove something first.';
  tasks.push({ title, done: false });
  return `Added **${title}**.\n\n${listOf(tasks)}`;
}

function change(tasks: Task[], subject: string, kind: 'complete' | 'remove'): string {
  const task = find(tasks, subject);
  if (task === undefined) return `I find no task like “${subject}”.\n\n${listOf(tasks)}`;
  if (kind === 'complete') {
    task.done = true;
    return `Well done: **${task.title}** is finished.\n\n${listOf(tasks)}`;
  }
  tasks.splice(tasks.indexOf(task), 1);
  return `Removed **${task.title}**.\n\n${listOf(tasks)}`;
}

/** Applies a message to the tasks and returns the answer in Markdown. */
export function answer(message: string, tasks: Task[]): string {
  const intent = parseIntent(message);
  switch (intent.kind) {
    case 'add':
      return add(tasks, intent.subject);
    case 'complete':
    case 'remove':
      return change(tasks, intent.subject, intent.kind);
    case 'list':
      return listOf(tasks);
    case 'next':
      return nextOf(tasks);
    case 'table':
      return tableOf(tasks);
    case 'code':
      return code;
    case 'long':
      return long;
    case 'greet':
      return `Hello! ${help}`;
    case 'who':
      return `${sorry} The page runs against the local sandbox, so that everything can be tried without a key.`;
    case 'help':
      return help;
  }
}

/** The commands of the scripted assistant. */
export type Intent =
  | { readonly kind: 'add' | 'complete' | 'remove'; readonly subject: string }
  | { readonly kind: 'list' | 'next' | 'greet' | 'who' | 'code' | 'table' | 'long' | 'help' };

/** The first match wins; its group is the subject. */
const patterns: readonly (readonly [RegExp, Intent['kind']])[] = [
  [/^(?:add|create|new task:?|remind me to|i (?:need|have) to)\s+(.+)/is, 'add'],
  [/^(?:complete|finish|check off|mark|done(?: with)?:?|i (?:did|finished))\s+(.+)/is, 'complete'],
  [/^(?:remove|delete|drop|forget)\s+(.+)/is, 'remove'],
  [/\b(?:who|what) are you\b|\bare you (?:a |an )?(?:bot|ai|human|real)\b/i, 'who'],
  [/\btable\b/i, 'table'],
  [/\bcode\b|\bexample\b/i, 'code'],
  [/\blong\b|\bexplain\b|\bhow (?:does|do) (?:it|this|you)\b/i, 'long'],
  [/\bwhat can you\b|\bhelp\b/i, 'help'],
  [/\bfirst\b|\bnext\b|\bplan\b|\btoday\b|\burgent\b/i, 'next'],
  [/\b(?:list|show|which)\b|\bwhat(?:'s|’s| is| are)\b|\btasks?\b|\bto-?do\b/i, 'list'],
  [/^(?:hi|hello|hey|good (?:morning|day|evening))\b/i, 'greet'],
];

const politeness = /^(?:(?:hi|hello|hey|please|(?:can|could) you)\b[\s,!.]*)+(?=\S)/i;

/** Reduces a phrase to its subject: “the task "call Ben" to my list.” → “call Ben”. */
const clean = (subject: string): string =>
  subject
    .replace(
      /\s+(?:as (?:done|finished|complete)|(?:to|from|off) (?:my|the) (?:list|tasks))\b/gi,
      '',
    )
    .replace(/^(?:(?:a|the) )?task:?\s+(?:to\s+)?/i, '')
    .replace(/[.!?\s]+$/, '')
    .replace(/^["“'](.*)["”']$/s, '$1')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);

export function parseIntent(message: string): Intent {
  const text = message.trim();
  const request = text.replace(politeness, '');
  for (const [pattern, kind] of patterns) {
    const match = pattern.exec(kind === 'greet' ? text : request);
    if (!match) continue;
    if (kind !== 'add' && kind !== 'complete' && kind !== 'remove') return { kind };
    const subject = clean(match[1] ?? '');
    return subject === '' ? { kind: 'help' } : { kind, subject };
  }
  return { kind: 'help' };
}
