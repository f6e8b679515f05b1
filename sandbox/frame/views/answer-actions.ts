import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ViewModel } from '../renderer.js';
import type { AssistantMessage, Item } from '../wire.js';
import { copyIcon, dislikeIcon, likeIcon, retryIcon } from './icons.js';

interface Action {
  readonly name: string;
  readonly icon: TemplateResult;
  readonly isPressed?: boolean;
  readonly onClick: (button: HTMLElement) => void;
}

function button({ name, icon, isPressed, onClick }: Action): TemplateResult {
  return html`<button
    type="button"
    class="tool small"
    aria-label=${name}
    title=${name}
    aria-pressed=${isPressed ?? nothing}
    @click=${(event: Event) => onClick(event.currentTarget as HTMLElement)}
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
    onClick: () => void chat.rate(answer.id, kind),
  });
  const text = answer.content.map((part) => part.text).join('\n\n');
  return [
    { name: 'Copy answer', icon: copyIcon, onClick: (pressed) => view.copy(pressed, text) },
    ...(feedback
      ? [thumb('positive', 'Good answer', likeIcon), thumb('negative', 'Bad answer', dislikeIcon)]
      : []),
    ...(retry ? [{ name: 'Answer again', icon: retryIcon, onClick: () => chat.retry() }] : []),
  ];
}

/** The buttons below the last finished answer. */
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

const shownMs = 1500;

/**
 * Copies text, and shows the outcome at the button for a moment.
 *
 * @param announce announces the outcome to screen readers
 */
export async function copyText(
  button: HTMLElement,
  text: string,
  announce: (text: string) => void,
): Promise<void> {
  let outcome: 'done' | 'failed' = 'done';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // The page or the browser does not allow it: shown at the button.
    outcome = 'failed';
  }
  button.dataset['copied'] = outcome;
  announce(outcome === 'done' ? 'Copied' : 'Copying is not allowed here');
  setTimeout(() => {
    delete button.dataset['copied'];
    announce('');
  }, shownMs);
}
