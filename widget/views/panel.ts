import type { ChatState } from '../controllers/chat-state.js';
import { h, type View } from './dom.js';
import { header, type HeaderView } from './header.js';
import { loading } from './loading.js';
import { problem } from './problem.js';

export interface PanelView extends HeaderView {
  state: ChatState;
  open: boolean;
  inline: boolean;
  /** Whether it leaves nothing of the page. */
  covers: boolean;
  corner: string;
  scheme: string;
  language: string;
  onRetry: () => void;
  onKeydown: (event: KeyboardEvent) => void;
  /** The focus has left the panel by its first or last stop. */
  onGuard: (event: FocusEvent) => void;
}

/** What the bubble opens, or the whole widget where it is a part of the page. */
export function panel(view: PanelView): View {
  const { state, strings, inline, covers } = view;
  const shown = view.open || inline;
  const isReady = state.kind === 'ready';
  const isLoading = state.kind === 'loading';
  const status = isLoading ? strings.loading : isReady ? strings.ready : null;
  const guard = covers ? h('div', { class: 'unseen', tabindex: '0', onfocus: view.onGuard }) : null;
  const instead =
    state.kind === 'error'
      ? problem(state.error, strings, view.onRetry)
      : isReady
        ? null
        : loading(isLoading ? strings.slow : null);
  return h(
    'section',
    {
      id: 'panel',
      part: 'panel',
      class: `root panel ${inline ? 'inline' : view.corner} ${covers ? 'cover' : ''} ${shown ? 'open' : ''} ${view.scheme}`,
      role: inline ? 'region' : 'dialog',
      'aria-label': view.label,
      'aria-modal': covers ? 'true' : null,
      lang: view.language,
      tabindex: '-1',
      onkeydown: view.onKeydown,
    },
    [
      guard,
      inline ? null : header(view, isReady),
      h('div', { part: 'body', class: 'body', dir: view.direction }, [
        h('div', { class: 'frame', inert: !isReady }),
        instead,
      ]),
      h('div', { class: 'unseen', role: 'status' }, [shown ? status : null]),
      guard,
    ],
  );
}
