import DOMPurify from 'dompurify';
import { html, type TemplateResult } from 'lit/html.js';
import { guard } from 'lit/directives/guard.js';
import { Marked, type Token } from 'marked';

const tags =
  'a b blockquote br code del div em h2 hr i kbd li ol p pre s span strong sub sup table tbody td th thead tr ul';

/** All headings get one level, and images become links. */
const marked = new Marked({
  gfm: true,
  renderer: {
    heading({ tokens }) {
      return `<h2>${this.parser.parseInline(tokens)}</h2>`;
    },
    image({ href, text }) {
      return `<a href="${escapeHtml(href)}">${escapeHtml(text || href)}</a>`;
    },
    checkbox({ checked }) {
      return checked ? '☑ ' : '☐ ';
    },
    code({ text, lang }) {
      return `<pre title="${escapeHtml(/^\S*/.exec(lang ?? '')?.[0] ?? '')}"><code>${escapeHtml(text)}</code></pre>`;
    },
  },
});

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
): HTMLElementTagNameMap[Name] {
  return Object.assign(document.createElement(name), properties);
}

function frameCode(pre: HTMLElement): void {
  const bar = element('div', { className: 'code-bar' });
  const copy = element('button', { type: 'button', className: 'copy-code', textContent: 'Copy' });
  copy.setAttribute('aria-label', 'Copy code');
  bar.append(element('span', { textContent: pre.title || 'text' }), copy);
  pre.removeAttribute('title');
  const frame = element('div', { className: 'code' });
  pre.replaceWith(frame);
  frame.append(bar, scrollable(pre, 'Code'));
}

/** A scrollable region must be focusable and have a name. */
function scrollable<T extends HTMLElement>(node: T, label: string): T {
  node.tabIndex = 0;
  node.setAttribute('role', 'region');
  node.setAttribute('aria-label', label);
  return node;
}

function frameTable(table: HTMLElement): void {
  const frame = scrollable(element('div', { className: 'table' }), 'Table');
  table.replaceWith(frame);
  frame.append(table);
}

/** The only place that turns untrusted text into nodes. */
function toNodes(tokens: Token[]): Node[] {
  const fragment = DOMPurify.sanitize(marked.parser(tokens), {
    ALLOWED_TAGS: tags.split(' '),
    ALLOWED_ATTR: ['align', 'href', 'start', 'title'],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel):/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) {
    // DOMPurify removed an `href` that is not allowed.
    if (!link.hasAttribute('href')) link.replaceWith(...link.childNodes);
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
  }
  for (const pre of fragment.querySelectorAll('pre')) frameCode(pre);
  for (const table of fragment.querySelectorAll('table')) frameTable(table);
  return [...fragment.childNodes];
}

/** Renders sanitised Markdown. While text streams in, only changed blocks are rendered again. */
export function markdown(text: string): readonly TemplateResult[] {
  return marked
    .lexer(text)
    .filter(({ type }) => type !== 'space')
    .map((token) => {
      const nodes = guard([token.raw], () => toNodes([token]));
      return html`<div class="block">${nodes}</div>`;
    });
}
