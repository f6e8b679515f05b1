import { html, nothing, type TemplateResult } from 'lit';
import type { Answer, Item } from './api.js';
import { formatMs, formatNumber, formatTime } from './texts.js';

interface Task {
  readonly type: string;
  readonly title?: string | null;
  readonly content?: unknown;
  readonly status_indicator?: string;
  readonly [field: string]: unknown;
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

const asText = (value: unknown): string => (typeof value === 'string' ? value : json(value));

function textOf(item: Item): string {
  const parts = Array.isArray(item['content']) ? (item['content'] as { text?: unknown }[]) : [];
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('\n');
}

const details = (label: string, value: unknown): TemplateResult =>
  html`<details>
    <summary>${label}</summary>
    <pre tabindex="0" dir="ltr">${asText(value)}</pre>
  </details>`;

function renderTask(task: Task): TemplateResult {
  const { type, title, content, ...rest } = task;
  return html`<li>
    <span dir="auto">${title ?? type}</span>
    ${typeof content === 'string' ? html`<p class="text" dir="auto">${content}</p>` : nothing}
    ${Object.keys(rest).length > 0 ? details('Details', rest) : nothing}
  </li>`;
}

interface Kind {
  readonly label: string;
  readonly body: (item: Item) => TemplateResult;
  readonly isHidden?: true;
}

const message = (item: Item) => html`<p class="text" dir="auto">${textOf(item)}</p>`;
const hidden = (item: Item) => html`<p class="text" dir="auto">${asText(item['content'])}</p>`;

const kinds: Readonly<Record<string, Kind>> = {
  user_message: {
    label: 'User',
    body: (item) =>
      html`${
        typeof item['quoted_text'] === 'string'
          ? html`<blockquote dir="auto">${item['quoted_text']}</blockquote>`
          : nothing
      }${message(item)}${
        Array.isArray(item['attachments']) && item['attachments'].length > 0
          ? details(`Attachments (${item['attachments'].length})`, item['attachments'])
          : nothing
      }`,
  },
  assistant_message: { label: 'Assistant', body: message },
  workflow: {
    label: 'Steps',
    body: (item) => {
      const { tasks = [] } = item['workflow'] as { tasks?: readonly Task[] };
      return html`<ol>
        ${tasks.map(renderTask)}
      </ol>`;
    },
  },
  task: {
    label: 'Step',
    body: (item) =>
      html`<ul>
        ${renderTask(item['task'] as Task)}
      </ul>`,
  },
  client_tool_call: {
    label: 'Tool in the page',
    body: (item) =>
      html`<p class="text">${asText(item['name'])} (${asText(item['status'])})</p>
        ${details('Arguments', item['arguments'])}
        ${item['output'] === undefined ? nothing : details('Output', item['output'])}`,
  },
  widget: { label: 'Widget', body: (item) => details('Content', item['widget']) },
  generated_image: { label: 'Image', body: (item) => details('Image', item['image']) },
  structured_input: {
    label: 'Questions',
    body: (item) => details('Questions and answers', item['inputs']),
  },
  end_of_turn: { label: 'End of the turn', body: () => html`` },
  hidden_context_item: { label: 'Hidden', isHidden: true, body: hidden },
  sdk_hidden_context: { label: 'Hidden', isHidden: true, body: hidden },
};

const thumbs = { positive: 'thumbs-up', negative: 'thumbs-down' };

/** An item of a conversation. */
export function renderItem(
  item: Item,
  feedback: 'positive' | 'negative' | undefined,
): TemplateResult {
  const kind = kinds[item.type] ?? {
    label: item.type,
    body: (each: Item) => details('Content', each),
  };
  const isHidden = kind.isHidden === true;
  return html`<article class=${`item ${item.type}${isHidden ? ' hidden' : ''}`}>
    <h2 class="row">
      ${kind.label}
      ${isHidden ? html`<span class="badge">only the model reads this</span>` : nothing}
      ${
        feedback === undefined
          ? nothing
          : html`<span class=${`badge ${feedback === 'negative' ? 'bad' : ''}`}
              >${thumbs[feedback]}</span
            >`
      }
      <time class="faint" datetime=${item.created_at}>${formatTime(item.created_at)}</time>
    </h2>
    ${kind.body(item)}
  </article>`;
}

const outcomes = { complete: 'complete', stopped: 'stopped', failed: 'failed' };

/** How an answer went. */
export function renderAnswer(answer: Answer): TemplateResult {
  const { outcome, failure, firstWordMs, durationMs, inputTokens, outputTokens, model } = answer;
  return html`<div class="answer row faint">
    <span class=${`badge ${outcome === 'failed' ? 'bad' : ''}`}
      >Answer ${outcomes[outcome]}${failure === null ? '' : `: ${failure}`}</span
    >
    <span>${firstWordMs === null ? 'no text' : `first word after ${formatMs(firstWordMs)}`}</span>
    <span>${formatMs(durationMs)} in all</span>
    ${
      inputTokens === null && outputTokens === null
        ? nothing
        : html`<span
            >${formatNumber(inputTokens ?? 0)} tokens in, ${formatNumber(outputTokens ?? 0)}
            out</span
          >`
    }
    ${model === null ? nothing : html`<span dir="ltr">${model}</span>`}
  </div>`;
}
