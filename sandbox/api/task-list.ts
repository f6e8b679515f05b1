import { parseIntent } from './intents.js';

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

/** Something to stop, and to scroll. */
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

/** The one that is meant: open ones first. */
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

/** The answer to a message, in Markdown; changes the tasks as the message says. */
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
