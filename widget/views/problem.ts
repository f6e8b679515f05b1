import { html, nothing, type TemplateResult } from 'lit';
import type { TaskPilotChatError } from '../errors.js';
import { errorSentence, type ChatStrings } from '../strings/index.js';
import { problemIcon } from './icons.js';

/** One sentence, and a button where trying again can help; the code is for the console. */
export const problem = (
  { code, retryable }: TaskPilotChatError,
  strings: ChatStrings,
  onRetry: () => void,
): TemplateResult => html`
  <div part="error" class="view" role="alert">
    <slot name="error">
      ${problemIcon}
      <p>${errorSentence(code, strings)}</p>
      ${
        retryable
          ? html`<button part="retry" type="button" @click=${onRetry}>${strings.retry}</button>`
          : nothing
      }
    </slot>
  </div>
`;
