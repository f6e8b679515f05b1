import { html, nothing, type TemplateResult } from 'lit';
import type { TaskPilotChatError } from '../errors.js';
import { errorSentence, type ChatStrings } from '../strings/index.js';
import { problemIcon } from './icons.js';

/** One sentence, and one button where trying again can help; never a code or blame. */
export const problem = (
  error: TaskPilotChatError,
  strings: ChatStrings,
  onRetry: () => void,
): TemplateResult => html`
  <div part="error" class="view" role="alert">
    <slot name="error">
      ${problemIcon}
      <p class="sentence">${errorSentence(error.code, strings)}</p>
      ${
        error.retryable
          ? html`<button part="retry" class="action" type="button" @click=${onRetry}>
              ${strings.retry}
            </button>`
          : nothing
      }
    </slot>
  </div>
`;
