import { html, nothing, type TemplateResult } from 'lit/html.js';
import { sizeText, type DraftFile } from '../draft-files.js';
import type { ViewModel } from '../renderer.js';
import type { Attachment } from '../wire.js';
import { attachIcon, closeIcon, fileIcon } from './icons.js';

/** Whether the page lets visitors attach files. */
export const canAttach = ({ options }: ViewModel): boolean =>
  options.composer?.attachments?.enabled === true;

/** For the file dialog: MIME types and endings of names. */
const acceptOf = ({ options }: ViewModel): string =>
  Object.entries(options.composer?.attachments?.accept ?? {})
    .flat(2)
    .join();

export function attachButton(view: ViewModel): TemplateResult | typeof nothing {
  if (!canAttach(view)) return nothing;
  const choose = ({ target }: Event): void => {
    const input = target as HTMLInputElement;
    view.composer.files.add(input.files ?? []);
    // So that the same file can be chosen again.
    input.value = '';
  };
  const open = ({ currentTarget }: Event): void =>
    (currentTarget as HTMLElement).parentElement?.querySelector('input')?.click();
  return html`<span class="attach">
    <button
      type="button"
      class="tool"
      aria-label="Attach files"
      title="Attach files"
      @click=${open}
    >
      ${attachIcon}
    </button>
    <input type="file" multiple hidden accept=${acceptOf(view)} @change=${choose} />
  </span>`;
}

/** Attaches what is pasted or dropped; returns whether there were files. */
export function attachFrom(view: ViewModel, data: DataTransfer | null): boolean {
  if (!canAttach(view) || !data || data.files.length === 0) return false;
  view.composer.files.add(data.files);
  return true;
}

function stateOf({ name, size, state }: DraftFile): TemplateResult | typeof nothing {
  switch (state.kind) {
    case 'uploading':
      return html`<progress aria-label="Uploading ${name}"></progress>`;
    case 'failed':
      return html`<span class="failure" role="alert">${state.message}</span>`;
    case 'ready':
      return size === null
        ? nothing
        : html`<span class="muted"><bdi>${sizeText(size)}</bdi></span>`;
  }
}

/** The files of the next message. */
export function draftFiles({ composer }: ViewModel): TemplateResult | typeof nothing {
  const { files } = composer;
  if (files.list.length === 0) return nothing;
  return html`<ul class="files" aria-label="Files of this message">
    ${files.list.map(
      (file) =>
        html`<li class="file ${file.state.kind}">
          ${
            file.picture === null
              ? html`<span class="picture">${fileIcon}</span>`
              : html`<img class="picture" src=${file.picture} alt="" />`
          }
          <span class="about"
            ><span class="name" dir="auto">${file.name}</span>${stateOf(file)}</span
          >
          <button
            type="button"
            class="tool small"
            aria-label="Remove ${file.name}"
            title="Remove"
            @click=${() => files.remove(file.key)}
          >
            ${closeIcon}
          </button>
        </li>`,
    )}
  </ul>`;
}

/** Only what an image can come from. */
const isImageUrl = (url: string | undefined): url is string =>
  url !== undefined && /^(?:https?:|data:image\/)/i.test(url);

/** The files of a message in the conversation. */
export function sentFiles(
  attachments: readonly Attachment[] = [],
): TemplateResult | typeof nothing {
  if (attachments.length === 0) return nothing;
  return html`<ul class="files sent" aria-label="Files">
    ${attachments.map((attachment) =>
      attachment.type === 'image' && isImageUrl(attachment.preview_url)
        ? html`<li><img src=${attachment.preview_url} alt=${attachment.name} /></li>`
        : html`<li class="file">
            <span class="picture">${fileIcon}</span>
            <span class="name" dir="auto">${attachment.name}</span>
          </li>`,
    )}
  </ul>`;
}
