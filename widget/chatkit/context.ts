import { withTimeout } from '../single-flight.js';
import { warnOnce } from '../warn.js';
import { isGroup } from './validate.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** What the page is about: a small JSON object, or a function that gives one for each message. */
export type PageContext =
  JsonObject | (() => JsonObject | null | undefined | Promise<JsonObject | null | undefined>);

/** The requests that an agent answers. */
const answered = /^threads\.(create|add_|retry_|custom_)/;
const maxBytes = 8192;
/** For a context that is a promise: the message does not wait longer. */
const timeoutMs = 2000;

/**
 * The body of a request of ChatKit with the context as `metadata.page`. Undefined when the body stays as it is: without a
 * context, for other requests, and for a context that cannot be used, of which the console is told.
 */
export async function withContext(
  body: string,
  context?: PageContext | null,
): Promise<string | undefined> {
  if (!context) return undefined;
  try {
    const request = JSON.parse(body) as { type: string; metadata?: unknown };
    if (!answered.test(request.type)) return undefined;
    const given = typeof context === 'function' ? context() : context;
    const page = await withTimeout(Promise.resolve(given), timeoutMs, 'invalid_options');
    if (!page) return undefined;
    const { size } = new Blob([JSON.stringify(page)]);
    if (!isGroup(page) || size > maxBytes) throw new TypeError(`${size} bytes`);
    return JSON.stringify({ ...request, metadata: { ...(request.metadata as object), page } });
  } catch (error) {
    warnOnce(`context must give a JSON object of at most ${maxBytes} bytes: ${String(error)}`);
    return undefined;
  }
}
