import { variables } from '../config.js';

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Described {
  readonly about: string;
  readonly takes: string;
  readonly fallback: unknown;
}

function fallbackOf(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return `; default ${Array.isArray(value) ? value.join(',') : JSON.stringify(value).replace(/^"|"$/g, '')}`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`).join('\n');
}

const serveUsage = (): string =>
  `taskpilot-chat serve

Runs the session service. It is configured by environment variables, and by .env in the working directory.
The value of each can stand in a file, whose path the variable with _FILE at its end takes (OPENAI_API_KEY_FILE).

${table(
  Object.entries(variables as Record<string, Described>).map(([name, variable]) => [
    name,
    `${variable.about}. Takes ${variable.takes}${fallbackOf(variable.fallback)}`,
  ]),
)}`;

const forgetUsage = (): string =>
  `taskpilot-chat forget --user USER

Deletes all threads of a user from the service's own database, with everything in them, for good. It finds
the database as the service does: by DATABASE_URL, or in DATA_DIR, which no running service may have open.

${table([
  ['--user USER', 'as the service knows the user: what AUTH_USER_CLAIM or AUTH_HEADER says; with'],
  ['', 'AUTH=anonymous, anon_ and what is before the point in the visitor’s cookie'],
])}`;

/** What the program says of itself. */
export const usage = {
  all: `Usage: taskpilot-chat <command>

${table([
  ['serve', 'runs the session service'],
  ['sandbox', 'runs what stands in for OpenAI, for offline use and tests'],
  ['forget', 'deletes all that is kept of a user'],
])}

taskpilot-chat <command> --help tells more.`,
  serve: serveUsage,
  forget: forgetUsage,
} as const;
