export const storageErrorCodes = [
  /** The embedded database's folder cannot be made, read or written, or holds something else. */
  'data_dir_unusable',
  /** Another process has the embedded database open. */
  'data_dir_in_use',
  /** PostgreSQL does not let us in, or does not let us do what we must. */
  'database_refused',
  /** The database was set up by a newer version of this program. */
  'schema_too_new',
  /** The database is away, busy or slow: the same may succeed later. */
  'storage_unavailable',
  /** The database did not do what it was asked to. */
  'storage_failed',
  /** It was asked after its end. */
  'storage_closed',
] as const;
export type StorageErrorCode = (typeof storageErrorCodes)[number];

/**
 * What a database had against it: one line for the operator. Never with the values of a statement, for those
 * are what people wrote, and never with the database's address, which may hold its password.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  /** PostgreSQL's own code, where it gave one. */
  readonly sqlState: string | undefined;

  constructor(code: StorageErrorCode, message: string, sqlState?: string) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
  }

  /** Whether the same can succeed later. */
  get retryable(): boolean {
    return this.code === 'storage_unavailable';
  }
}

/** By the first characters of PostgreSQL's codes; what is not listed is a failure for good. */
const meanings: readonly (readonly [prefix: string, StorageErrorCode, what: string])[] = [
  ['57014', 'storage_unavailable', 'The database took too long'],
  ['55P03', 'storage_unavailable', 'The database took too long'],
  ['25P03', 'storage_unavailable', 'The database took too long'],
  // What PgBouncer says of users, passwords and databases.
  ['08P01', 'database_refused', 'DATABASE_URL: the server, or a pooler before it, refuses us'],
  ['08', 'storage_unavailable', 'The connection to the database broke'],
  ['57P', 'storage_unavailable', 'The database is shutting down or starting'],
  ['53', 'storage_unavailable', 'The database has no room or connection left'],
  ['40', 'storage_unavailable', 'The database was asked for too much at once'],
  ['28', 'database_refused', 'DATABASE_URL: the database does not accept user or password'],
  ['3D', 'database_refused', 'DATABASE_URL: there is no such database'],
  ['42501', 'database_refused', 'DATABASE_URL: the user lacks a right that is needed'],
];

/** Looks through the wrappers, which have the statement and its values in their messages. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The error of a statement that reached PostgreSQL, or null for any other. */
function fromSqlState(error: unknown): StorageError | null {
  const code = codeOf(error);
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^E[A-Z]+$/.test(code)) return null;
  const [, meaning, what] = meanings.find(([prefix]) => code.startsWith(prefix)) ?? [];
  return new StorageError(
    meaning ?? 'storage_failed',
    `${what ?? 'The database refused a statement'} (${code}).`,
    code,
  );
}

/** @param error what talking to a server threw: without PostgreSQL's code, it is the way there that failed */
export function serverError(error: unknown): StorageError {
  const root = rootOf(error);
  if (root instanceof StorageError) return root;
  const reason = codeOf(root) ?? (root instanceof Error ? root.message : 'unknown');
  return (
    fromSqlState(root) ??
    new StorageError(
      'storage_unavailable',
      `DATABASE_URL: the database cannot be reached (${reason}).`,
    )
  );
}

/** @param error what the embedded database threw: without PostgreSQL's code, the engine itself has failed */
export function embeddedError(error: unknown): StorageError {
  const root = rootOf(error);
  if (root instanceof StorageError) return root;
  const kind = root instanceof Error ? root.name : typeof root;
  return (
    fromSqlState(root) ??
    new StorageError('storage_failed', `The embedded database has failed (${kind}): start again.`)
  );
}
