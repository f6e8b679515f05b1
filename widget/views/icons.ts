import { html, nothing, type TemplateResult } from 'lit';

const icon = (path: string): TemplateResult =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${path}></path></svg>`;

export const chatIcon = icon('M21 11.5a8.5 8.5 0 0 1-12.4 7.5L3 21l2-5.6A8.5 8.5 0 1 1 21 11.5z');
export const chevronIcon = icon('m6 9 6 6 6-6');
export const closeIcon = icon('M18 6 6 18M6 6l12 12');
export const newChatIcon = icon('M12 20h9M16.5 3.5a2.1 2.1 0 0 1 3 3L7 19l-4 1 1-4z');
export const historyIcon = icon('M3 12a9 9 0 1 0 3-6.7L3 8m0-5v5h5m4-1v5l4 2');
export const sendIcon = icon('M12 19V5m-6 6 6-6 6 6');

const circle = 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z';
export const problemIcon = icon('M12 9v4m0 3v.01M12 4 3 20h18z');
export const offlineIcon = icon(
  'M2 9a15 15 0 0 1 20 0M5 13a10 10 0 0 1 14 0M9 16a5 5 0 0 1 6 0m-3 4v.01M3 3l18 18',
);
export const blockedIcon = icon(`${circle}M6 6l12 12`);
export const lockIcon = icon('M8 11V8a4 4 0 0 1 8 0v3M5 11h14v9H5z');
export const clockIcon = icon(`${circle}M12 7v5l3 2`);
export const expandIcon = icon('M14 4h6v6M4 14v6h6m10-16-6 6M4 20l6-6');
export const shrinkIcon = icon('M14 4v6h6M4 14h6v6m4-10 6-6M10 14l-6 6');

/** A button that shows an icon only. */
export const iconButton = (
  name: string,
  image: TemplateResult,
  onClick: () => void,
  part: string | typeof nothing = nothing,
): TemplateResult =>
  html`<button
    part=${part}
    class="icon"
    type="button"
    aria-label=${name}
    title=${name}
    @click=${onClick}
  >
    ${image}
  </button>`;
