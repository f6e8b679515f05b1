const held = ['meta', 'ctrl', 'alt'] as const;

/**
 * @param hotkey such as `mod+/`, with at least one of the keys that typing does not need: `mod` (the command key on
 *   a Mac, else control), `ctrl`, `meta`, `alt`
 */
export function matchesHotkey(hotkey: string | undefined, event: KeyboardEvent): boolean {
  const keys = hotkey?.toLowerCase().split('+') ?? [];
  const mod = /mac|ip(hone|ad)/i.test(navigator.platform) ? 'meta' : 'ctrl';
  const wants = (name: string): boolean =>
    keys.includes(name) || (name === mod && keys.includes('mod'));
  return (
    // A browser that fills in a form fires key events without a key.
    keys.at(-1) === (event.key as string | undefined)?.toLowerCase() &&
    held.every((name) => event[`${name}Key`] === wants(name)) &&
    held.some(wants) &&
    // A character such as `?` may need the shift key by itself.
    (event.shiftKey || !wants('shift'))
  );
}
