import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ViewModel } from '../view-model.js';
import { childrenOf, type WidgetItem, type WidgetNode } from '../wire.js';
import { markdown } from './markdown.js';

const said = ({ value, label }: WidgetNode): string =>
  typeof value === 'string' ? value : (label ?? '');

/** A plain rendering: words, order and buttons are right, the looks are not OpenAI's. */
function component(
  view: ViewModel,
  item: WidgetItem,
  node: WidgetNode,
): TemplateResult | typeof nothing {
  const children = childrenOf(node).map((child) => component(view, item, child));
  switch (node.type) {
    case 'Markdown':
      return html`<div class="text">${markdown(said(node))}</div>`;
    case 'Title':
      return html`<p class="widget-title">${said(node)}</p>`;
    case 'Text':
    case 'Label':
      return html`<p>${said(node)}</p>`;
    case 'Caption':
      return html`<p class="muted">${said(node)}</p>`;
    case 'Badge':
      return html`<span class="tag">${said(node)}</span>`;
    case 'Divider':
      return html`<hr />`;
    case 'Button': {
      const action = node.onClickAction;
      return html`<button
        type="button"
        class="plain"
        ?disabled=${action === undefined}
        @click=${() => action && view.widgetAction(item, action)}
      >
        ${said(node)}
      </button>`;
    }
    case 'Row':
      return html`<div class="row">${children}</div>`;
    default:
      return children.length === 0 ? nothing : html`<div class="column">${children}</div>`;
  }
}

export const widget = (view: ViewModel, item: WidgetItem): TemplateResult =>
  html`<article class="widget" aria-label="Assistant">
    ${component(view, item, item.widget)}
  </article>`;
