import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ViewModel } from '../renderer.js';
import {
  type AssistantMessage,
  childrenOf,
  type ClientToolCall,
  type GeneratedImage,
  type Item,
  type Source,
  type StructuredAnswer,
  type StructuredInput,
  type StructuredQuestion,
  type Task,
  type UserMessage,
  type WidgetItem,
  type WidgetNode,
  type Workflow,
} from '../wire.js';
import { sentFiles } from './files.js';
import { markdown } from './markdown.js';

function userMessage({ content, quoted_text, attachments }: UserMessage): TemplateResult {
  const isBlank = content.every(({ text }) => text.trim() === '');
  const parts = content.map((part) =>
    part.type === 'input_tag' ? html`<span class="tag">${part.text}</span>` : part.text,
  );
  return html`<article class="user" aria-label="You" aria-live="off">
    ${quoted_text === undefined ? nothing : html`<blockquote>${quoted_text}</blockquote>`}
    ${sentFiles(attachments)}${isBlank ? nothing : html`<div class="bubble">${parts}</div>`}
  </article>`;
}

function source(from: Source): TemplateResult {
  if (from.type !== 'url' || !/^https?:/i.test(from.url)) return html`<li>${from.title}</li>`;
  return html`<li>
    <a href=${from.url} target="_blank" rel="noopener noreferrer">${from.title}</a>
  </li>`;
}

function assistantMessage(view: ViewModel, { id, content }: AssistantMessage): TemplateResult {
  const { turn, finished } = view.chat.state;
  const isStreaming = turn.kind === 'answering' && turn.streaming.has(id);
  const sources = content.flatMap(({ annotations }) => annotations.map((note) => note.source));
  // Screen readers announce neither a streaming answer word by word nor a loaded thread.
  const live = finished.has(id) ? nothing : 'off';
  return html`<article class="assistant" aria-label="Assistant" aria-live=${live}>
    <div class="text ${isStreaming ? 'streaming' : ''}">
      ${content.map(({ text }) => markdown(text))}
    </div>
    ${
      sources.length === 0
        ? nothing
        : html`<ul class="sources" aria-label="Sources">
            ${sources.map(source)}
          </ul>`
    }
  </article>`;
}

function toolCall({ name, status }: ClientToolCall): TemplateResult {
  const isPending = status === 'pending';
  return html`<p class="step ${isPending ? 'loading' : 'complete'}">
    ${isPending ? 'Using' : 'Used'} a tool of this page: <code>${name}</code>
  </p>`;
}

function image({ image: picture }: GeneratedImage): TemplateResult {
  if (!picture || !/^(?:https?|data:image)/i.test(picture.url)) {
    return html`<p class="step loading">Making an image</p>`;
  }
  return html`<img class="generated" src=${picture.url} alt="Image made by the assistant" />`;
}

export function itemView(view: ViewModel, item: Item): TemplateResult {
  switch (item.type) {
    case 'user_message':
      return userMessage(item);
    case 'assistant_message':
      return assistantMessage(view, item);
    case 'client_tool_call':
      return toolCall(item);
    case 'widget':
      return widget(view, item);
    case 'generated_image':
      return image(item);
    case 'structured_input':
      return questions(view, item);
    case 'task':
      return taskView(item.task);
    case 'workflow':
      return workflow(item.workflow);
  }
}

/** Default titles of tasks by type. */
const names: Readonly<Partial<Record<string, string>>> = {
  custom: 'Step',
  web_search: 'Searching the web',
  thought: 'Thinking',
  file: 'Reading files',
  image: 'Looking at an image',
};

export function taskView(task: Task): TemplateResult {
  const details = [
    'content' in task ? task.content : undefined,
    'queries' in task ? task.queries.join(', ') : undefined,
    ...('sources' in task ? (task.sources ?? []).map(({ title }) => title) : []),
  ];
  return html`<div class="step ${task.status_indicator ?? 'none'}">
    <span>${task.title ?? names[task.type] ?? 'Step'}</span>
    ${details.map((detail) => (detail ? html`<p class="muted">${detail}</p>` : nothing))}
  </div>`;
}

function summaryOf({ summary, tasks, type }: Workflow): string {
  if (summary && 'title' in summary) return summary.title;
  if (summary) return `Worked for ${summary.duration} s`;
  return tasks.at(-1)?.title ?? (type === 'reasoning' ? 'Thinking' : 'Working');
}

export function workflow(flow: Workflow): TemplateResult {
  return html`<details class="workflow" ?open=${flow.expanded === true}>
    <summary>${summaryOf(flow)}</summary>
    ${flow.tasks.map(taskView)}
  </details>`;
}

const said = ({ value, label }: WidgetNode): string =>
  typeof value === 'string' ? value : (label ?? '');

/** A plain rendering with the right text, order and buttons; it does not look like OpenAI's. */
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

function field(input: StructuredQuestion): TemplateResult {
  const { id, question } = input;
  if (input.type === 'freeform') {
    const { description } = input;
    return html`<label class="question">
      <span>${question}</span>
      ${description === undefined ? nothing : html`<span class="muted">${description}</span>`}
      <textarea name=${id} rows="2"></textarea>
    </label>`;
  }
  return html`<fieldset class="question">
    <legend>${question}</legend>
    ${input.options.map(
      ({ value }) =>
        html`<label class="choice">
          <input type=${input.multiple ? 'checkbox' : 'radio'} name=${id} value=${value} />${value}
        </label>`,
    )}
  </fieldset>`;
}

function answered({ question, answer }: StructuredQuestion): TemplateResult {
  const said = answer?.values.join(', ') ?? '';
  return html`<p><span class="muted">${question}</span> ${said === '' ? 'Skipped' : said}</p>`;
}

function submission(form: HTMLFormElement, questions: readonly StructuredQuestion[]) {
  const data = new FormData(form);
  const answers = questions.map(({ id }): [string, StructuredAnswer] => {
    const values = data
      .getAll(id)
      .filter((value) => typeof value === 'string' && value.trim() !== '') as string[];
    return [id, { values, skipped: values.length === 0 }];
  });
  const isSkipped = answers.every(([, { skipped }]) => skipped);
  return {
    status: isSkipped ? 'skipped' : 'answered',
    answers: Object.fromEntries(answers),
  } as const;
}

/** The form of a structured input, or its answers. */
export function questions({ chat }: ViewModel, item: StructuredInput): TemplateResult {
  if (item.status !== 'pending') {
    return html`<section class="widget" aria-label="Questions">
      ${item.inputs.map(answered)}
    </section>`;
  }
  const skip = { status: 'skipped', answers: {} } as const;
  return html`<form
    class="widget"
    aria-label="Questions"
    @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      const form = event.currentTarget as HTMLFormElement;
      chat.answerQuestions(item.id, submission(form, item.inputs));
    }}
  >
    ${item.inputs.map(field)}
    <div class="row">
      <button type="submit" class="plain">Submit</button>
      <button type="button" class="quiet" @click=${() => chat.answerQuestions(item.id, skip)}>
        Skip
      </button>
    </div>
  </form>`;
}
