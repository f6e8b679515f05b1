import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ViewModel } from '../view-model.js';
import type { AssistantMessage, Item } from '../wire.js';
import { copyIcon, dislikeIcon, likeIcon, retryIcon } from './icons.js';

interface Action {
  readonly name: string;
  readonly icon: TemplateResult;
  readonly isPressed?: boolean;
  readonly run: (button: HTMLElement) => void;
}

function button({ name, icon, isPressed, run }: Action): TemplateResult {
  return html`<button
    type="button"
    class="tool small"
    aria-label=${name}
    title=${name}
    aria-pressed=${isPressed ?? nothing}
    @click=${(event: Event) => run(event.currentTarget as HTMLElement)}
  >
    ${icon}
  </button>`;
}

function actionsOf(view: ViewModel, answer: AssistantMessage): Action[] {
  const { chat, options } = view;
  const { retry, feedback } = options.threadItemActions ?? {};
  const rating = chat.state.ratings.get(answer.id);
  const thumb = (kind: 'positive' | 'negative', name: string, icon: TemplateResult): Action => ({
    name,
    icon,
    isPressed: rating === kind,
    run: () => void chat.rate(answer.id, kind),
  });
  const text = answer.content.map((part) => part.text).join('\n\n');
  return [
    { name: 'Copy answer', icon: copyIcon, run: (pressed) => view.copy(pressed, text) },
    ...(feedback
      ? [thumb('positive', 'Good answer', likeIcon), thumb('negative', 'Bad answer', dislikeIcon)]
      : []),
    ...(retry ? [{ name: 'Answer again', icon: retryIcon, run: () => chat.retry() }] : []),
  ];
}

/** What can be done with the last answer, when it is finished. */
export function answerActions(view: ViewModel, items: readonly Item[]) {
  const { kind } = view.chat.state.turn;
  const last = items.findLast(
    ({ type }) => type === 'assistant_message' || type === 'user_message',
  );
  if (last?.type !== 'assistant_message' || kind === 'answering' || kind === 'failed')
    return nothing;
  return html`<div class="actions" role="group" aria-label="Answer">
    ${actionsOf(view, last).map(button)}
  </div>`;
}
