/** The payload in the fragment of the frame's URL. */
export interface FrameParams {
  /** Plain data; each function has become a marker. */
  readonly options: unknown;
  /** Origin of the page, the only one that the frame exchanges messages with. */
  readonly origin: string;
}

/** Replaces a function of the page, which the frame calls by its path (`api.getClientSecret`). */
export interface FunctionMarker {
  readonly $function: string;
}

export function isFunctionMarker(value: unknown): value is FunctionMarker {
  return typeof value === 'object' && value !== null && '$function' in value;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Copies options with a marker for each function: functions cannot be cloned. */
export function withMarkers(value: unknown, path = ''): unknown {
  if (typeof value === 'function') return { $function: path } satisfies FunctionMarker;
  if (!isObject(value)) return value;
  const at = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`);
  if (Array.isArray(value)) return value.map((entry, index) => withMarkers(entry, at(index)));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, withMarkers(entry, at(key))]),
  );
}

/**
 * Calls the function that a marker stands for, as a method of the object that it is found in.
 *
 * @throws {TypeError} when the options have none at that path
 */
export function callByPath(options: unknown, path: string, args: readonly unknown[]): unknown {
  const keys = path.split('.');
  const name = keys.pop() ?? '';
  const get = (from: unknown, key: string): unknown =>
    isObject(from) && Object.hasOwn(from, key) ? (from as Record<string, unknown>)[key] : undefined;
  const owner = keys.reduce(get, options);
  const called = get(owner, name);
  if (typeof called !== 'function') throw new TypeError(`options.${path} is not a function`);
  return Reflect.apply(called, owner, args);
}

export function encodeFrameParams(params: FrameParams): string {
  return encodeURIComponent(JSON.stringify(params));
}

/** @returns null for a fragment that `encodeFrameParams` did not write */
export function decodeFrameParams(hash: string): FrameParams | null {
  try {
    const params = JSON.parse(decodeURIComponent(hash.replace(/^#/, ''))) as unknown;
    if (!isObject(params) || !('options' in params) || !('origin' in params)) return null;
    const { options, origin } = params;
    return typeof origin === 'string' ? { options, origin } : null;
  } catch {
    // Malformed fragments are reported as null.
    return null;
  }
}
