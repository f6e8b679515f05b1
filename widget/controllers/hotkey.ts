import type { ReactiveController, ReactiveControllerHost } from 'lit';

const modifiers = ['meta', 'ctrl', 'alt'] as const;

/**
 * Whether the event is that of the hotkey.
 *
 * @param hotkey a key and at least one modifier that typing does not need, joined by `+`: `mod` (the command key on a
 *   Mac, else control), `ctrl`, `meta`, `alt`
 * @example matchesHotkey('mod+/', event)
 */
export function matchesHotkey(hotkey: string | undefined, event: KeyboardEvent): boolean {
  const keys = hotkey?.toLowerCase().split('+') ?? [];
  const mod = /mac|ip(hone|ad)/i.test(navigator.platform) ? 'meta' : 'ctrl';
  const wants = (name: string): boolean =>
    keys.includes(name) || (name === mod && keys.includes('mod'));
  return (
    // A browser that fills in a form fires key events without a key.
    keys.at(-1) === (event.key as string | undefined)?.toLowerCase() &&
    modifiers.every((name) => event[`${name}Key`] === wants(name)) &&
    modifiers.some(wants) &&
    // Some keyboards need the shift key for a character such as `?`.
    (event.shiftKey || !wants('shift'))
  );
}

type Host = ReactiveControllerHost & { readonly hotkey: string | undefined };

/** Calls `onPress` when the host's hotkey is pressed anywhere on the page. */
export class HotkeyController implements ReactiveController {
  readonly #host: Host;
  readonly #onPress: () => void;

  constructor(host: Host, onPress: () => void) {
    host.addController(this);
    this.#host = host;
    this.#onPress = onPress;
  }

  hostConnected(): void {
    window.addEventListener('keydown', this);
  }

  hostDisconnected(): void {
    window.removeEventListener('keydown', this);
  }

  handleEvent(event: KeyboardEvent): void {
    if (event.defaultPrevented || !matchesHotkey(this.#host.hotkey, event)) return;
    event.preventDefault();
    this.#onPress();
  }
}
