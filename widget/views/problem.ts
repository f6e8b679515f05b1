import { html, nothing, type TemplateResult } from 'lit';
import type { TaskPilotChatError, TaskPilotChatErrorCode } from '../errors.js';
import { contactLink } from '../appearance.js';
import { errorSentence, formatNumber } from '../strings/index.js';
import { blockedIcon, clockIcon, lockIcon, offlineIcon, problemIcon } from './icons.js';
import type { View } from './view.js';

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
export const problem = (error: TaskPilotChatError, view: View): TemplateResult => {
  const { strings, countdown } = view;
  const contact = contactLink(view.host.contact);
  // Seconds until a retry makes sense.
  const wait = countdown.seconds;
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
                aria-disabled=${wait ? 'true' : nothing}
                @click=${wait ? nothing : view.panel.onRetry}
              >
                <span .textContent=${strings.retry}></span>${
                  wait
                    ? html`<span
                        aria-hidden="true"
                        .textContent=${`\u00A0(${formatNumber(wait, view.language)})`}
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
