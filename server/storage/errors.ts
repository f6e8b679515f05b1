export const storageErrorCodes = [
  /** The data directory cannot be created, read or written, or its database has another version. */
  'data_dir_unusable',
  /** Another process has the embedded database open. */
  'data_dir_in_use',
  /** PostgreSQL refused the user, the password or the database, or the user lacks a privilege. */
  'database_refused',
  /** A newer version of this program has migrated the database. */
  'schema_too_new',
  /** The database is unreachable, overloaded or slow; a retry can succeed. */
  'storage_unavailable',
  /** The database rejected a statement, or the embedded engine failed. */
  'storage_failed',
  /** The call came after `close`, or after the end of its transaction. */
  'storage_closed',
] as const;
export type StorageErrorCode = (typeof storageErrorCodes)[number];

/**
 * A failure of the database, with a message for the operator in one line. It never contains the values of a
 * statement, which are what users wrote, nor the database's URL, which can contain its password.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  /** PostgreSQL's SQLSTATE, if the error came from PostgreSQL. */
  readonly sqlState: string | undefined;

  constructor(code: StorageErrorCode, message: string, sqlState?: string) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
  }

  /** Whether a retry can succeed. */
  get retryable(): boolean {
    return this.code === 'storage_unavailable';
  }
}

/** By prefix of the SQLSTATE; the first match counts. Any other is `storage_failed`. */
const sqlStates: readonly (readonly [prefix: string, StorageErrorCode, message: string])[] = [
  ['57014', 'storage_unavailable', 'The database took too long'],
  ['55P03', 'storage_unavailable', 'The database took too long'],
  ['25P03', 'storage_unavailable', 'The database took too long'],
  // PgBouncer reports wrong users, passwords and databases with this one.
  [
    '08P01',
    'database_refused',
    'DATABASE_URL: the server, or a connection pooler, refused the connection',
  ],
  ['08', 'storage_unavailable', 'The connection to the database broke'],
  ['57P', 'storage_unavailable', 'The database is shutting down or starting'],
  ['53', 'storage_unavailable', 'The database is out of disk space, memory or connections'],
  ['40', 'storage_unavailable', 'The transaction conflicted with another one'],
  ['25006', 'storage_unavailable', 'The database is read-only, as after a fail-over'],
  ['28', 'database_refused', 'DATABASE_URL: the database does not accept the user or password'],
  ['3D', 'database_refused', 'DATABASE_URL: there is no such database'],
  ['42501', 'database_refused', 'DATABASE_URL: the database user lacks a privilege'],
];

/** The innermost cause: Drizzle's wrappers have the statement and its values in their messages. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The `StorageError` of an error with a SQLSTATE, or null. System errors such as `EPIPE` can look like one. */
function fromSqlState(error: unknown): StorageError | null {
  const code = codeOf(error);
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^E[A-Z]+$/.test(code)) return null;
  const [, meaning, message] = sqlStates.find(([prefix]) => code.startsWith(prefix)) ?? [];
  return new StorageError(
    meaning ?? 'storage_failed',
    `${message ?? 'The database rejected a statement'} (${code}).`,
    code,
  );
}

/**
 * Converts an error of the server or of its driver.
 *
 * @param error without a SQLSTATE, it is a failure of the connection
 */
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

/**
 * Converts an error of the embedded database.
 *
 * @param error without a SQLSTATE, it is a failure of PGlite itself
 */
export function embeddedError(error: unknown): StorageError {
  const root = rootOf(error);
  if (root instanceof StorageError) return root;
  const kind = root instanceof Error ? root.name : typeof root;
  return (
    fromSqlState(root) ??
    new StorageError('storage_failed', `The embedded database has failed (${kind}): start again.`)
  );
}
