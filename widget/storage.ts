/**
 * What a storage has under a key; an empty object where there is nothing, or where the browser forbids it or somebody
 * has tampered with it.
 */
export function readStored(storage: Storage | null | undefined, key: string): object {
  try {
    return Object(JSON.parse(storage?.getItem(key) ?? '{}')) as object;
  } catch {
    return {};
  }
}

/** Keeps a value, or with null removes it; a storage that is full or forbidden keeps nothing. */
export function writeStored(
  storage: Storage | null | undefined,
  key: string,
  value: object | null,
): void {
  try {
    if (value) storage?.setItem(key, JSON.stringify(value));
    else storage?.removeItem(key);
  } catch {
    // Nothing is lost but what would have outlived a page change.
  }
}
