import type { TaskPilotChatError } from '../errors.js';
import { errorSentence, type ChatStrings } from '../strings/index.js';
import { h, type View } from './dom.js';
import { problemIcon } from './icons.js';

/** One sentence, and one button where trying again can help; never a code or blame. */
export const problem = (
  { code, retryable }: TaskPilotChatError,
  strings: ChatStrings,
  onRetry: () => void,
): View =>
  h('div', { part: 'error', class: 'view', role: 'alert' }, [
    h('slot', { name: 'error' }, [
      problemIcon,
      h('p', {}, [errorSentence(code, strings)]),
      retryable
        ? h('button', { part: 'retry', type: 'button', onclick: onRetry }, [strings.retry])
        : null,
    ]),
  ]);
