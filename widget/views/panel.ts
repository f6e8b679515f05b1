import { html, nothing, type TemplateResult } from 'lit';
import type { Appearance } from '../appearance.js';
import type { ChatNotice, ChatState, LoadingOptions } from '../controllers/chat.js';
import { composer, queue, type ComposerView } from './composer.js';
import {
  closeIcon,
  expandIcon,
  historyIcon,
  iconButton,
  newChatIcon,
  shrinkIcon,
} from './icons.js';
import { loading } from './loading.js';
import { formatNumber } from '../strings/index.js';
import { problem, type ProblemView } from './problem.js';

export interface PanelView extends Appearance, ProblemView, ComposerView {
  readonly strings: Appearance['strings'];
  readonly state: ChatState;
  readonly notice: ChatNotice;
  /** What is known of ChatKit's options. */
  readonly optionsOf: () => LoadingOptions;
  readonly open: boolean;
  /** Number of answers since the panel was closed. */
  readonly unread: number;
  readonly onToggle: () => void;
  readonly isExpanded: boolean;
  /** Most panels are never opened: there is nothing in them. */
  readonly isUsed: boolean;
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

/** In ChatKit's place until it can be used. The composer stays from loading through a failure and its retry. */
const cover = (view: PanelView): TemplateResult => {
  const { state, strings, draft } = view;
  const options = view.optionsOf();
  return html`<div class="cover">
    ${
      options.header?.enabled === false
        ? nothing
        : html`<div class="header"><span class="title" .textContent=${view.label}></span></div>`
    }
    ${draft.waiting.length ? queue(view) : nothing}
    ${
      state.kind === 'error'
        ? problem(state.error, view)
        : loading(options, state.kind === 'loading' ? strings.slow : '')
    }
    ${draft.canSend || !draft.isEmpty ? composer(view, options) : nothing}
  </div>`;
};

/** Lines beside the conversation. */
const notices = ({ notice, strings, draft }: PanelView): TemplateResult => html`
  <div class="notices">
    ${notice ? html`<p class="notice" .textContent=${strings[notice]}></p>` : nothing}
    ${draft.waiting.map(({ text }) => html`<p class="notice"><span .textContent=${text}></span><br /><small .textContent=${strings.queued}></small></p>`)}
  </div>
`;

/** What screen readers announce; a failure announces itself. */
function announcement({ state, notice, strings, draft }: PanelView): string {
  if (state.kind === 'ready') {
    if (notice) return strings[notice];
    return { none: strings.ready, running: '', complete: strings.reply }[draft.answer];
  }
  if (draft.waiting.length) return strings.queued;
  return state.kind === 'loading' ? strings.loading : '';
}

/** What the bubble opens, or the whole widget where it is a part of the page. */
export function panel(view: PanelView): TemplateResult {
  const { state, strings, isInline, isModal, isUsed, draft } = view;
  const isShown = view.open || isInline;
  const isReady = state.kind === 'ready';
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
      ${guard} ${isInline || !isUsed ? nothing : header(view)}
      <div part="body" class="body" dir=${view.direction}>
        <div class="frame" ?inert=${!isReady}></div>
        ${isUsed ? (!isReady || draft.isHandingOver ? cover(view) : notices(view)) : nothing}
      </div>
      <div
        class="visually-hidden"
        role="status"
        .textContent=${isShown ? announcement(view) : ''}
      ></div>
      ${guard}
    </section>
    <div
      class="visually-hidden"
      role="status"
      .textContent=${isShown || !view.unread ? '' : `${strings.unread}: ${formatNumber(view.unread, view.language)}`}
    ></div>
  `;
}
