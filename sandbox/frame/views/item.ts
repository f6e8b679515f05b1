import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ViewModel } from '../view-model.js';
import type {
  AssistantMessage,
  ClientToolCall,
  GeneratedImage,
  Item,
  Source,
  UserMessage,
} from '../wire.js';
import { markdown } from './markdown.js';
import { questions } from './questions.js';
import { widget } from './widget.js';
import { taskView, workflow } from './workflow.js';

function userMessage({ content, quoted_text }: UserMessage): TemplateResult {
  const parts = content.map((part) =>
    part.type === 'input_tag' ? html`<span class="tag">${part.text}</span>` : part.text,
  );
  return html`<article class="user" aria-label="You" aria-live="off">
    ${quoted_text === undefined ? nothing : html`<blockquote>${quoted_text}</blockquote>`}
    <div class="bubble">${parts}</div>
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
  const isGrowing = turn.kind === 'answering' && turn.growing.has(id);
  const sources = content.flatMap(({ annotations }) => annotations.map((note) => note.source));
  // Neither every word of a growing answer is to be said, nor all that is loaded.
  const live = finished.has(id) ? nothing : 'off';
  return html`<article class="assistant" aria-label="Assistant" aria-live=${live}>
    <div class="text ${isGrowing ? 'growing' : ''}">
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
