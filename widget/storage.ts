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
