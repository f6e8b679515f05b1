import type { Scrub } from './scrub.js';

/** An error as the log has it. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly [field: string]: unknown;
}

/** How deep causes are followed, and how many errors of an `AggregateError` are told. */
const maxDepth = 5;
const maxErrors = 4;
const maxTextChars = 4000;

/** Fields that say what went wrong, of system errors, of OpenAI's and of the service's own. */
const tellingFields = [
  'code',
  'status',
  'syscall',
  'address',
  'port',
  'hostname',
  'upstreamStatus',
];
const requestIdFields = ['requestID', 'upstreamRequestId'];

const field = (error: object, name: string): unknown =>
  (error as Readonly<Record<string, unknown>>)[name];

/**
 * A serializer of errors for pino: type, message, stack, the fields that say what went wrong, and the chain of causes;
 * never the other fields, among which the SDKs keep requests with their headers.
 *
 * @param scrub removes what must not be told
 */
export function createErrorSerializer(scrub: Scrub): (error: unknown) => LoggedError {
  // What is cut off first need not be scrubbed.
  const text = (value: unknown): string =>
    scrub(String(value).slice(0, 4 * maxTextChars)).slice(0, maxTextChars);

  const describe = (error: unknown, depth: number): LoggedError => {
    if (!(error instanceof Error)) {
      return {
        type: typeof error,
        message: typeof error === 'object' ? '' : text(error),
        stack: '',
      };
    }
    const told = Object.fromEntries(
      tellingFields
        .map((name) => [name, field(error, name)] as const)
        .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
        .map(([name, value]) => [name, typeof value === 'string' ? text(value) : value]),
    );
    const upstreamRequestId = requestIdFields
      .map((name) => field(error, name))
      .find((value) => typeof value === 'string');
    const inner = field(error, 'errors');
    const isDeep = depth >= maxDepth;
    return {
      type: text(error.name),
      message: text(error.message),
      stack: text(error.stack ?? ''),
      ...told,
      ...(upstreamRequestId !== undefined && { upstreamRequestId: text(upstreamRequestId) }),
      ...(!isDeep && error.cause != null && { cause: describe(error.cause, depth + 1) }),
      ...(!isDeep &&
        Array.isArray(inner) && {
          errors: inner.slice(0, maxErrors).map((each: unknown) => describe(each, depth + 1)),
        }),
    };
  };
  return (error) => describe(error, 0);
}
