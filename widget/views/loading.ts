import { h, type View } from './dom.js';

/** A skeleton in the shape of what comes, and a line of text that the style sheet shows after a while. */
export const loading = (text: string | null): View =>
  h('div', { part: 'loading', class: 'view' }, [
    h('div', { class: 'line' }),
    h('div', { class: 'line' }),
    // The live region has told those who do not see it.
    text === null ? null : h('div', { class: 'slow', 'aria-hidden': 'true' }, [text]),
    h('div', { class: 'line pill' }),
  ]);
