import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ViewModel } from '../view-model.js';
import type { StructuredAnswer, StructuredInput, StructuredQuestion } from '../wire.js';

function field({ id, type, question, description, options = [], multiple }: StructuredQuestion) {
  if (type === 'freeform') {
    return html`<label class="question">
      <span>${question}</span>
      ${description === undefined ? nothing : html`<span class="muted">${description}</span>`}
      <textarea name=${id} rows="2"></textarea>
    </label>`;
  }
  return html`<fieldset class="question">
    <legend>${question}</legend>
    ${options.map(
      ({ value }) =>
        html`<label class="choice">
          <input type=${multiple ? 'checkbox' : 'radio'} name=${id} value=${value} />${value}
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

/** The assistant's questions as a form, or what was answered to them. */
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
