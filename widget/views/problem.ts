import { html, nothing, type TemplateResult } from 'lit';
import type { TaskPilotChatError, TaskPilotChatErrorCode } from '../errors.js';
import { errorSentence, formatNumber, type ChatStrings } from '../strings/index.js';
import { blockedIcon, clockIcon, lockIcon, offlineIcon, problemIcon } from './icons.js';

export interface ProblemView {
  readonly strings: ChatStrings;
  /** BCP 47 tag of the texts. */
  readonly language: string;
  /** Seconds until a retry makes sense. */
  readonly secondsLeft: number;
  /** Link that leads to somebody who can help. */
  readonly contact: string | undefined;
  readonly onRetry: () => void;
}

const icons: Partial<Record<TaskPilotChatErrorCode, TemplateResult>> = {
  offline: offlineIcon,
  script_blocked: blockedIcon,
  script_timeout: blockedIcon,
  chatkit_timeout: blockedIcon,
  session_unauthenticated: lockIcon,
  session_forbidden: lockIcon,
  session_rate_limited: clockIcon,
};

/** One sentence, a button where trying again can help, and the page's own way out; the code is for the console. */
export const problem = (error: TaskPilotChatError, view: ProblemView): TemplateResult => {
  const { strings, secondsLeft, contact } = view;
  // What counts down is hidden from screen readers, which would read each second; the sentence tells the time once.
  return html`
    <div part="error" class="view" role="alert">
      <slot name="error">
        <div class="picture">${icons[error.code] ?? problemIcon}</div>
        <p .textContent=${errorSentence(error, strings, view.language)}></p>
        ${
          error.retryable
            ? html`<button
                part="retry"
                type="button"
                aria-disabled=${secondsLeft > 0 ? 'true' : nothing}
                @click=${secondsLeft > 0 ? nothing : view.onRetry}
              >
                <span .textContent=${strings.retry}></span>${
                  secondsLeft > 0
                    ? html`<span
                        aria-hidden="true"
                        .textContent=${`\u00A0(${formatNumber(secondsLeft, view.language)})`}
                      ></span>`
                    : nothing
                }
              </button>`
            : nothing
        }
        ${contact ? html`<a part="contact" href=${contact} .textContent=${strings.contact}></a>` : nothing}
      </slot>
    </div>
  `;
};
