import { variables, type VariableName } from '../variables.js';
import { variableGroups } from './variable-groups.js';

interface Described {
  readonly about: string;
  readonly takes: string;
  readonly fallback: unknown;
}

function fallbackOf(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return `; default ${Array.isArray(value) ? value.join(',') : JSON.stringify(value).replace(/^"|"$/g, '')}`;
}

function describe(name: VariableName): readonly [string, string] {
  const { about, takes, fallback }: Described = variables[name];
  return [name, `${about}. Takes ${takes}${fallbackOf(fallback)}`];
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`).join('\n');
}

const serveUsage = (): string =>
  `taskpilot-chat serve

Runs the session service. It is configured by environment variables, and by .env in the working directory.
The value of each can stand in a file, whose path the variable with _FILE at its end takes (OPENAI_API_KEY_FILE).

${Object.entries(variableGroups)
  .map(([group, names]) => `${group}\n${table(names.map(describe))}`)
  .join('\n\n')}`;

const initUsage = (): string =>
  `taskpilot-chat init [options]

Writes a .env that only this account can read, with a fresh SESSION_SECRET, and prints the tag for pages. In a
terminal it asks for what no flag says. What the file sets already stays.

${table([
  ['--origin ORIGIN', 'origin of pages on another host; may be repeated'],
  ['--key-file FILE', 'file with the OpenAI API key; the key itself is never a flag'],
  ['--workflow ID', 'another workflow than TaskPilot’s'],
  ['--auth MODE', variables.AUTH.takes],
  ['--public-url URL', 'where pages reach the service'],
  ['--domain-key KEY', 'OpenAI’s key for the domain of the pages'],
  ['--force', 'replaces what the file sets already'],
])}`;

const doctorUsage = (): string =>
  `taskpilot-chat doctor [--json]

Checks the variables, and asks all that they name: opens and cancels a session at OpenAI, says hello to the agent,
asks for the script and for each allowed origin as a browser does, looks at Redis, database and clock. For each
failure it says what to do. Ends with 1 when something has failed. Changes nothing, and shows no secret.

${table([['--json', 'one JSON document, {"ok", "checks": [{"check", "status", "text", "remedy"}]}']])}`;

const findsDatabase = `It finds
the database as the service does, by DATABASE_URL or in DATA_DIR, also while the service runs.`;

const userFlag = [
  ['--user USER', 'as the service knows the user: what AUTH_USER_CLAIM or AUTH_HEADER says; with'],
  ['', 'AUTH=anonymous, anon_ and what is before the point in the visitor’s cookie'],
] as const;

const forgetUsage = (): string =>
  `taskpilot-chat forget --user USER

Deletes all that is kept of a user from the service's own database, for good: threads with everything in them,
feedback and sessions. ${findsDatabase}

${table(userFlag)}`;

const exportUsage = (): string =>
  `taskpilot-chat export --user USER [--out FILE]

Writes all that is kept of a user as one JSON document: threads, their items, and feedback. ${findsDatabase}

${table([...userFlag, ['--out FILE', 'a new file, in the place of standard output']])}`;

/** What the program says of itself. */
export const usage = {
  all: `Usage: taskpilot-chat <command>

${table([
  ['init', 'writes .env, and prints the tag for pages'],
  ['serve', 'runs the session service'],
  ['doctor', 'checks the configuration and everything that it names'],
  ['sandbox', 'runs what stands in for OpenAI, for offline use and tests'],
  ['forget', 'deletes all that is kept of a user'],
  ['export', 'writes all that is kept of a user as JSON'],
])}

taskpilot-chat <command> --help tells more.`,
  init: initUsage,
  serve: serveUsage,
  doctor: doctorUsage,
  forget: forgetUsage,
  export: exportUsage,
} as const;
