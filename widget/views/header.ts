import type { ChatStrings } from '../strings/index.js';
import { h, type View } from './dom.js';
import { closeIcon, historyIcon, newChatIcon } from './icons.js';

export interface HeaderView {
  label: string;
  strings: ChatStrings;
  hasHistory: boolean;
  direction: string;
  onNewChat: () => void;
  onHistory: () => void;
  onToggle: () => void;
}

const iconButton = (
  name: string,
  icon: View,
  onclick: () => void,
  part: string | null = null,
): View =>
  h('button', { part, class: 'icon', type: 'button', 'aria-label': name, title: name, onclick }, [
    icon,
  ]);

/** The widget's own header: there in every state, so that the chat can always be closed. */
export const header = (
  { label, strings, hasHistory, direction, onHistory, onNewChat, onToggle }: HeaderView,
  isReady: boolean,
): View =>
  h('header', { part: 'header', dir: direction }, [
    h('slot', { name: 'header' }, [
      h('span', { class: 'title', role: 'heading', 'aria-level': '2' }, [label]),
    ]),
    isReady && hasHistory ? iconButton(strings.history, historyIcon, onHistory) : null,
    isReady ? iconButton(strings.newChat, newChatIcon, onNewChat) : null,
    iconButton(strings.close, closeIcon, onToggle, 'close'),
  ]);
