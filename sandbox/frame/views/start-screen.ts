import { html, type TemplateResult } from 'lit/html.js';
import { toMessageInput } from '../message-input.js';
import type { ViewModel } from '../view-model.js';
import { promptIcon } from './icons.js';

export function startScreen({ options, chat }: ViewModel): TemplateResult {
  const { greeting = 'What can I help with today?', prompts = [] } = options.startScreen ?? {};
  const send = (prompt: (typeof prompts)[number]['prompt']): void => {
    const content = typeof prompt === 'string' ? { text: prompt } : { content: prompt };
    void chat.send(toMessageInput(content));
  };
  return html`<section class="start" aria-label="Start">
    <h2>${greeting}</h2>
    <ul class="prompts">
      ${prompts.map(
        ({ label, prompt }) =>
          html`<li>
            <button type="button" class="prompt" @click=${() => send(prompt)}>
              ${promptIcon}<span>${label}</span>
            </button>
          </li>`,
      )}
    </ul>
  </section>`;
}
