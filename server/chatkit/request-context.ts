import Negotiator from 'negotiator';

/** Headers as Node and Fastify have them: names in small letters. */
export type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** They name or authenticate somebody: no responder needs them, and many log their context. */
const credentials = new Set([
  'authorization',
  'cookie',
  'idempotency-key',
  'proxy-authorization',
  'set-cookie',
]);

const headerName = /^[a-z\d!#$%&'*+.^_`|~-]+$/;

/**
 * The names in small letters.
 *
 * @throws {RangeError} for what is no header, or carries credentials
 */
export function checkHeaderNames(names: readonly string[]): readonly string[] {
  return names.map((name) => {
    const lower = name.toLowerCase();
    if (!headerName.test(lower)) throw new RangeError(`${name} is no name of a header.`);
    if (credentials.has(lower)) {
      throw new RangeError(`The header ${name} carries credentials, and is kept from responders.`);
    }
    return lower;
  });
}

/** Those of the headers that responders get. */
export function allowedHeaders(
  headers: IncomingHeaders,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      if (value === undefined) return [];
      return [[name, typeof value === 'string' ? value : value.join(', ')]];
    }),
  );
}

/** A BCP 47 tag in its usual spelling, or null. */
function canonical(tag: unknown): string | null {
  if (typeof tag !== 'string') return null;
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const preferred = (acceptLanguage: string, offered?: readonly string[]): string[] =>
  new Negotiator({ headers: { 'accept-language': acceptLanguage } }).languages(
    offered && [...offered],
  );

/**
 * The language to answer in.
 *
 * @param known the user's own setting, if the application has one; it comes before the browser's
 * @param offered the languages that the application has texts in, the default first; all if there are none
 */
export function negotiateLocale(
  known: unknown,
  acceptLanguage: string | undefined,
  offered: readonly string[],
): string {
  const own = canonical(known);
  const wanted = [...(own === null ? [] : [own]), ...(acceptLanguage ? [acceptLanguage] : [])];
  for (const each of wanted) {
    const found =
      offered.length > 0
        ? preferred(each, offered)
        : preferred(each).filter((tag) => canonical(tag) !== null);
    const [first] = found;
    if (first !== undefined) return canonical(first) ?? first;
  }
  return offered[0] ?? 'en';
}

/** What the page is about, if it told: `metadata.page` of a request. */
export function pageOf(
  metadata: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | null {
  const { page } = metadata;
  const isObject = typeof page === 'object' && page !== null && !Array.isArray(page);
  return isObject ? (page as Record<string, unknown>) : null;
}
