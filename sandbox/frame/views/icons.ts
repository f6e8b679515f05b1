import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit/html.js';

const icon = (paths: SVGTemplateResult): TemplateResult =>
  html`<svg
    class="icon"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${paths}
  </svg>`;

export const attachIcon = icon(
  svg`<path d="m19.5 11.5-7.3 7.3a4.6 4.6 0 0 1-6.5-6.5l7.6-7.6a3.1 3.1 0 0 1 4.4 4.4l-7.6 7.6a1.5 1.5 0 0 1-2.2-2.2l7-7" />`,
);
export const fileIcon = icon(
  svg`<path d="M13 4H8a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2V9zM13 4v5h5" />`,
);
export const sendIcon = icon(svg`<path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" />`);
export const stopIcon = icon(
  svg`<rect x="7" y="7" width="10" height="10" rx="2" fill="currentColor" stroke="none" />`,
);
export const historyIcon = icon(svg`<path d="M4 12a8 8 0 1 1 2.5 5.8M4 18v-4h4M12 8v4.5l3 1.8" />`);
export const composeIcon = icon(
  svg`<path d="M11 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-4M18.2 4.2a1.6 1.6 0 0 1 2.2 2.2L13 13.9l-3 .7.7-3z" />`,
);
export const closeIcon = icon(svg`<path d="m6.5 6.5 11 11m0-11-11 11" />`);
export const renameIcon = icon(
  svg`<path d="m5 19 .8-3.6L16.2 5a1.9 1.9 0 0 1 2.7 2.7L8.5 18.2zM14.5 6.8l2.7 2.7" />`,
);
export const deleteIcon = icon(
  svg`<path d="M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7M10.5 11v4.5m3-4.5v4.5" />`,
);
export const retryIcon = icon(svg`<path d="M19 12a7 7 0 1 1-2.1-5M19.5 4v4h-4" />`);
export const copyIcon = icon(
  svg`<rect x="9" y="9" width="10" height="10" rx="2" /><path d="M15 9V7a2 2 0 0 0-2-2H7a2 2 0 0 0-2 2v6a2 2 0 0 0 2 2h2" />`,
);
export const checkIcon = icon(svg`<path d="m5.5 12.5 4 4 9-9.5" />`);
export const downIcon = icon(svg`<path d="M12 5v14m-6-6 6 6 6-6" />`);
const thumb = svg`<path d="M7 11v8H4.500v-8zm0 0 4-7a2 2 0 0 1 2 2.400L12.4 10H18a1.8 1.8 0 0 1 1.8 2.100l-1.1 5.500A1.8 1.8 0 0 1 17 19H7" />`;
export const likeIcon = icon(thumb);
export const dislikeIcon = icon(svg`<g transform="rotate(180 12 12)">${thumb}</g>`);
export const alertIcon = icon(
  svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 8v4.500m0 3v.01" />`,
);
export const promptIcon = icon(
  svg`<path d="M12 4.5 13.8 10l5.7 2-5.7 2L12 19.5 10.2 14l-5.7-2 5.7-2z" />`,
);
