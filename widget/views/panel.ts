import { html, nothing, type TemplateResult } from 'lit';
import { formatNumber } from '../strings/index.js';
import { composer, queue } from './composer.js';
import {
  closeIcon,
  expandIcon,
  historyIcon,
  iconButton,
  newChatIcon,
  shrinkIcon,
} from './icons.js';
import { loading } from './loading.js';
import { problem } from './problem.js';
import type { View } from './view.js';

/** The widget's own header is the same in every state, so that the chat can always be closed. */
const header = (view: View): TemplateResult => {
  const { strings, chat, visitor } = view;
  const isReady = chat.state.kind === 'ready';
  return html`
    <div part="header" class="header" dir=${view.direction}>
      <slot name="header"
        ><span class="title" role="heading" aria-level="2" .textContent=${view.label}></span
      ></slot>
      ${
        isReady && chat.loadingOptions.history?.enabled
          ? iconButton(strings.history, historyIcon, () =>
              chat.run((chatkit) => chatkit.showHistory()),
            )
          : nothing
      }
      ${isReady ? iconButton(strings.newChat, newChatIcon, () => chat.showThread(null)) : nothing}
      ${
        view.isExpandable
          ? visitor.isExpanded
            ? iconButton(strings.shrink, shrinkIcon, visitor.onExpand)
            : iconButton(strings.expand, expandIcon, visitor.onExpand)
          : nothing
      }
      ${view.isPage ? nothing : iconButton(strings.close, closeIcon, view.panel.onToggle, 'close')}
    </div>
  `;
};

/** In ChatKit's place until it can be used. The composer stays from loading through a failure and its retry. */
const cover = (view: View): TemplateResult => {
  const { strings, draft } = view;
  const { state, loadingOptions: options } = view.chat;
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
const notices = ({ chat, strings, draft }: View): TemplateResult => html`
  <div class="notices">
    ${chat.notice ? html`<p class="notice" .textContent=${strings[chat.notice]}></p>` : nothing}
    ${draft.waiting.map(({ text }) => html`<p class="notice"><span .textContent=${text}></span><br /><small .textContent=${strings.queued}></small></p>`)}
  </div>
`;

/** What screen readers announce; a failure announces itself. */
function announcement({ chat, strings, draft }: View): string {
  const { state, notice } = chat;
  if (state.kind === 'ready') {
    if (notice) return strings[notice];
    return { none: strings.ready, running: '', complete: strings.reply }[draft.answer];
  }
  if (draft.waiting.length) return strings.queued;
  return state.kind === 'loading' ? strings.loading : '';
}

/** What the bubble opens, or the whole widget where it is a part of the page. */
export function panel(view: View): TemplateResult {
  const { strings, isInline, isModal, isUsed, draft, language, visitor } = view;
  const { isShown, onKeydown, onGuard } = view.panel;
  const { unread } = visitor;
  const isReady = view.chat.state.kind === 'ready';
  const guard = isModal
    ? html`<div class="visually-hidden" tabindex="0" @focus=${onGuard}></div>`
    : nothing;
  // ChatKit's element lives in .frame, which no binding renders into: it does not survive a move.
  return html`
    <section
      id="panel"
      part="panel"
      class="root panel ${isInline ? 'inline' : view.corner} ${isModal || view.isPage ? 'modal' : ''} ${
        isShown ? 'open' : ''
      } ${view.isExpandable && visitor.isExpanded ? 'expanded' : ''} ${view.colorScheme}"
      role=${isInline ? 'group' : 'dialog'}
      aria-label=${view.label}
      aria-modal=${isModal ? 'true' : nothing}
      lang=${language}
      tabindex="-1"
      @keydown=${onKeydown}
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
      .textContent=${isShown || !unread ? '' : `${strings.unread}: ${formatNumber(unread, language)}`}
    ></div>
  `;
}
