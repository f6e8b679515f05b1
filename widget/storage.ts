/** The storage of that kind; null for `none`, and where the browser forbids it: even the access can throw. */
export function pageStorage(kind: 'session' | 'local' | 'none'): Storage | null {
  try {
    return kind === 'none' ? null : kind === 'local' ? localStorage : sessionStorage;
  } catch {
    return null;
  }
}

/** The object that is stored under a key; an empty one without a storage, without the key or for broken JSON. */
export function readStored(storage: Storage | null | undefined, key: string): object {
  try {
    return Object(JSON.parse(storage?.getItem(key) ?? '{}')) as object;
  } catch {
    return {};
  }
}

/** Stores an object, or removes the key with null. */
export function writeStored(
  storage: Storage | null | undefined,
  key: string,
  value: object | null,
): void {
  try {
    if (value) storage?.setItem(key, JSON.stringify(value));
    else storage?.removeItem(key);
  } catch {
    // A full or forbidden storage loses only what would have outlived a page change.
  }
}

/** An object that is kept in memory and, if there is one, in a storage of the page. */
export class Stored<T extends object> {
  readonly #storage: Storage | null | undefined;
  readonly #key: string;
  #value: T | null = null;

  constructor(storage: Storage | null | undefined, key: string) {
    this.#storage = storage;
    this.#key = key;
  }

  /** What is in a storage may be anything. */
  get value(): Partial<T> {
    return this.#value ?? readStored(this.#storage, this.#key);
  }

  keep(value: T | null): void {
    this.#value = value;
    writeStored(this.#storage, this.#key, value);
  }
}
