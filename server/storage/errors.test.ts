import { DrizzleQueryError } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { embeddedError, serverError, StorageError, storageErrorCodes } from './errors.js';

const withCode = (code: string) => Object.assign(new Error('with “my secret” in it'), { code });

describe('codes', () => {
  it('are the documented ones', () => {
    expect(storageErrorCodes).toEqual([
      'data_dir_unusable',
      'data_dir_in_use',
      'database_refused',
      'schema_too_new',
      'storage_unavailable',
      'storage_failed',
      'storage_closed',
    ]);
  });

  it('are retryable only where a retry can succeed', () => {
    const retryable = storageErrorCodes.filter((code) => new StorageError(code, '').retryable);
    expect(retryable).toEqual(['storage_unavailable']);
  });
});

describe.each([
  ['serverError', serverError],
  ['embeddedError', embeddedError],
])('%s', (_, toError) => {
  it.each([
    ['08006', 'storage_unavailable'],
    ['08P01', 'database_refused'],
    ['23505', 'storage_failed'],
    ['28P01', 'database_refused'],
    ['3D000', 'database_refused'],
    ['40P01', 'storage_unavailable'],
    ['42501', 'database_refused'],
    ['42P01', 'storage_failed'],
    ['53100', 'storage_unavailable'],
    ['53300', 'storage_unavailable'],
    ['57014', 'storage_unavailable'],
    ['57P01', 'storage_unavailable'],
    ['57P03', 'storage_unavailable'],
    ['XX000', 'storage_failed'],
  ])('takes %s for %s', (sqlState, code) => {
    const wrapped = new DrizzleQueryError('select $1', ['my secret'], withCode(sqlState));
    const error = toError(wrapped);
    expect(error).toMatchObject({ code, sqlState });
    expect(error.cause).toBeUndefined();
    expect(error.message).toContain(`(${sqlState})`);
    expect(`${error.message} ${error.stack ?? ''}`).not.toContain('my secret');
  });

  it('returns a StorageError unchanged', () => {
    const error = new StorageError('storage_closed', 'Over.');
    expect(toError(error)).toBe(error);
  });
});

describe('an error without a SQLSTATE', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'DEPTH_ZERO_SELF_SIGNED_CERT'])(
    '%s says that a server cannot be reached',
    (code) => {
      const { message } = serverError(withCode(code));
      expect(message).toBe(`DATABASE_URL: the database cannot be reached (${code}).`);
    },
  );

  it('is reported by its message when it has no code', () => {
    const error = serverError(new Error('Connection terminated unexpectedly'));
    expect(error.message).toContain('(Connection terminated unexpectedly)');
    expect(error.retryable).toBe(true);
  });

  it('is a failure of the embedded engine', () => {
    const broken = Object.assign(new Error('unreachable'), { name: 'RuntimeError' });
    const error = embeddedError(broken);
    expect(error.code).toBe('storage_failed');
    expect(error.message).toBe('The embedded database has failed (RuntimeError): start again.');
  });
});
