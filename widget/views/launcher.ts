import type { ChatStrings } from '../strings/index.js';
import { h, type View } from './dom.js';
import { chatIcon, chevronIcon } from './icons.js';

export interface LauncherView {
  label: string;
  strings: ChatStrings;
  unread: number;
  open: boolean;
  /** Whether the open panel leaves nothing of the page, and so lies over the bubble. */
  covers: boolean;
  corner: string;
  onToggle: () => void;
  /** Hover, focus or touch: the visitor is about to click. */
  onIntent: (event: FocusEvent | PointerEvent) => void;
  onKeydown: (event: KeyboardEvent) => void;
}

/** The bubble. */
export const launcher = ({ label, unread, open, onIntent, ...view }: LauncherView): View =>
  h(
    'button',
    {
      part: 'launcher',
      class: `root launcher ${view.corner}`,
      type: 'button',
      'aria-label': unread ? `${label}, ${view.strings.unread}: ${unread}` : label,
      'aria-expanded': `${open}`,
      'aria-controls': 'panel',
      'aria-haspopup': 'dialog',
      hidden: open && view.covers,
      onclick: view.onToggle,
      onkeydown: view.onKeydown,
      onpointerenter: onIntent,
      onfocus: onIntent,
    },
    [
      h('slot', { name: 'launcher-icon' }, [open ? chevronIcon : chatIcon]),
      unread
        ? h('span', { part: 'badge', class: 'badge', 'aria-hidden': 'true' }, [`${unread}`])
        : null,
    ],
  );
