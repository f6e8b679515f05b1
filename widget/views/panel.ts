import { html, nothing, type TemplateResult } from 'lit';
import type { Appearance } from '../appearance.js';
import type { ChatNotice, ChatState } from '../controllers/chat.js';
import {
  closeIcon,
  expandIcon,
  historyIcon,
  iconButton,
  newChatIcon,
  shrinkIcon,
} from './icons.js';
import { problem, type ProblemView } from './problem.js';

export interface PanelView extends Appearance, ProblemView {
  readonly strings: Appearance['strings'];
  readonly state: ChatState;
  readonly notice: ChatNotice;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly isExpanded: boolean;
  readonly onExpand: () => void;
  readonly onNewChat: () => void;
  readonly onHistory: () => void;
  readonly onKeydown: (event: KeyboardEvent) => void;
  /** The focus has left the panel by its first or last stop. */
  readonly onGuard: (event: FocusEvent) => void;
}

/** The widget's own header is the same in every state, so that the chat can always be closed. */
const header = (view: PanelView): TemplateResult => {
  const { strings } = view;
  const isReady = view.state.kind === 'ready';
  return html`
    <div part="header" class="header" dir=${view.direction}>
      <slot name="header"
        ><span class="title" role="heading" aria-level="2" .textContent=${view.label}></span
      ></slot>
      ${
        isReady && view.hasHistory
          ? iconButton(strings.history, historyIcon, view.onHistory)
          : nothing
      }
      ${isReady ? iconButton(strings.newChat, newChatIcon, view.onNewChat) : nothing}
      ${
        view.isExpandable
          ? view.isExpanded
            ? iconButton(strings.shrink, shrinkIcon, view.onExpand)
            : iconButton(strings.expand, expandIcon, view.onExpand)
          : nothing
      }
      ${view.isPage ? nothing : iconButton(strings.close, closeIcon, view.onToggle, 'close')}
    </div>
  `;
};

/** A skeleton of the chat, and a text that the style sheet shows after some seconds. */
const loading = (slow: string | typeof nothing): TemplateResult => html`
  <div part="loading" class="view">
    <div class="line"></div>
    <div class="line"></div>
    <div class="slow" aria-hidden="true">${slow}</div>
    <div class="line pill"></div>
  </div>
`;

/** What the bubble opens, or the whole widget where it is a part of the page. */
export function panel(view: PanelView): TemplateResult {
  const { state, strings, isInline, isModal } = view;
  const isShown = view.open || isInline;
  const isReady = state.kind === 'ready';
  const isLoading = state.kind === 'loading';
  const status = isLoading ? strings.loading : isReady ? strings.ready : '';
  const guard = isModal
    ? html`<div class="visually-hidden" tabindex="0" @focus=${view.onGuard}></div>`
    : nothing;
  // ChatKit's element lives in .frame, which no binding renders into: it does not survive a move.
  return html`
    <section
      id="panel"
      part="panel"
      class="root panel ${isInline ? 'inline' : view.corner} ${isModal || view.isPage ? 'modal' : ''} ${
        isShown ? 'open' : ''
      } ${view.isExpanded ? 'expanded' : ''} ${view.colorScheme}"
      role=${isInline ? 'group' : 'dialog'}
      aria-label=${view.label}
      aria-modal=${isModal ? 'true' : nothing}
      lang=${view.language}
      tabindex="-1"
      @keydown=${view.onKeydown}
    >
      ${guard} ${isInline ? nothing : header(view)}
      <div part="body" class="body" dir=${view.direction}>
        ${
          isReady && view.notice
            ? html`<p class="notice" role="status">${strings[view.notice]}</p>`
            : nothing
        }
        <div class="frame" ?inert=${!isReady}></div>
        ${
          state.kind === 'error'
            ? problem(state.error, view)
            : isReady
              ? nothing
              : loading(isLoading ? strings.slow : nothing)
        }
      </div>
      <div class="visually-hidden" role="status" .textContent=${isShown ? status : ''}></div>
      ${guard}
    </section>
  `;
}
