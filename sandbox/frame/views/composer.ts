import { html, nothing, type TemplateResult } from 'lit/html.js';
import { live } from 'lit/directives/live.js';
import type { ViewModel } from '../renderer.js';
import { attachButton, attachFrom, canAttach, draftFiles } from './files.js';
import { closeIcon, sendIcon, stopIcon } from './icons.js';
import { markdown } from './markdown.js';

interface Choice {
  readonly name: string;
  readonly chosen: string | null;
  /** Label of the empty option; null when a choice is required. */
  readonly none: string | null;
  readonly options: readonly { id: string; label: string; disabled?: boolean }[];
  readonly choose: (id: string | null) => void;
}

function select({ name, chosen, none, options, choose }: Choice) {
  if (options.length === 0) return nothing;
  return html`<select
    aria-label=${name}
    @change=${(event: Event) => choose((event.target as HTMLSelectElement).value || null)}
  >
    ${none === null ? nothing : html`<option value="" ?selected=${chosen === null}>${none}</option>`}
    ${options.map(
      ({ id, label, disabled = false }) =>
        html`<option value=${id} ?selected=${id === chosen} ?disabled=${disabled}>
          ${label}
        </option>`,
    )}
  </select>`;
}

function choices({ options, composer }: ViewModel) {
  const { tools = [], models = [] } = options.composer ?? {};
  const { toolId, modelId } = composer.draft;
  return html`${select({
    name: 'Tool',
    chosen: toolId,
    none: 'No tool',
    options: tools,
    choose: (id) => composer.chooseTool(id),
  })}${select({
    name: 'Model',
    chosen: modelId ?? models.find((model) => model.default)?.id ?? null,
    none: null,
    options: models,
    choose: (id) => composer.chooseModel(id),
  })}`;
}

function placeholder({ options, composer }: ViewModel): string {
  const tool = options.composer?.tools?.find(({ id }) => id === composer.draft.toolId);
  return tool?.placeholderOverride ?? options.composer?.placeholder ?? 'Message the AI';
}

function button({ chat, composer }: ViewModel): TemplateResult {
  const { turn, conversation } = chat.state;
  if (turn.kind === 'answering') {
    return html`<button
      type="button"
      class="send"
      aria-label="Stop"
      title="Stop"
      ?disabled=${!turn.isStoppable}
      @click=${() => chat.stop()}
    >
      ${stopIcon}
    </button>`;
  }
  const cannot = !composer.canSend || conversation.kind !== 'open';
  return html`<button
    type="submit"
    class="send"
    aria-label="Send"
    title="Send"
    aria-disabled=${cannot}
  >
    ${sendIcon}
  </button>`;
}

function locked({ chat }: ViewModel): string | null {
  const { conversation } = chat.state;
  const status = conversation.kind === 'open' ? conversation.thread?.status : undefined;
  if (status === undefined || status.type === 'active') return null;
  return status.reason ?? `This conversation is ${status.type}.`;
}

function onKeydown(event: KeyboardEvent, view: ViewModel): void {
  if (event.key !== 'Enter' || event.shiftKey) return;
  // During composition, Enter accepts the input method's suggestion.
  if (event.isComposing || view.composer.isComposing(event.timeStamp)) return;
  event.preventDefault();
  view.submit();
}

function writing(view: ViewModel): TemplateResult {
  const { composer } = view;
  const { text, reply } = composer.draft;
  const { tools = [], models = [] } = view.options.composer ?? {};
  return html`<form
    class="composer"
    @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      view.submit();
    }}
  >
    ${
      reply === null
        ? nothing
        : html`<div class="reply">
            <span>${reply}</span>
            <button
              type="button"
              class="tool small"
              aria-label="Remove the quotation"
              @click=${() => composer.dropReply()}
            >
              ${closeIcon}
            </button>
          </div>`
    }
    ${draftFiles(view)}
    <textarea
      rows="1"
      aria-label="Message"
      autocomplete="off"
      placeholder=${placeholder(view)}
      .value=${live(text)}
      @input=${(event: Event) => composer.type((event.target as HTMLTextAreaElement).value)}
      @keydown=${(event: KeyboardEvent) => onKeydown(event, view)}
      @compositionend=${(event: Event) => composer.endComposition(event.timeStamp)}
      @paste=${(event: ClipboardEvent) => {
        if (attachFrom(view, event.clipboardData)) event.preventDefault();
      }}
    ></textarea>
    ${
      canAttach(view) || tools.length + models.length > 0
        ? html`<div class="choices">${attachButton(view)}${choices(view)}</div>`
        : nothing
    }
    ${button(view)}
  </form>`;
}

/** The message form and the page's disclaimer. */
export function composer(view: ViewModel): TemplateResult {
  const { disclaimer } = view.options;
  const reason = locked(view);
  return html`<footer>
    ${reason === null ? writing(view) : html`<p class="locked" role="status">${reason}</p>`}
    ${
      disclaimer
        ? html`<div class="text disclaimer ${disclaimer.highContrast ? 'strong' : ''}">
            ${markdown(disclaimer.text)}
          </div>`
        : nothing
    }
  </footer>`;
}
