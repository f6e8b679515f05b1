import type { StreamEvent } from '@openai/agents';
import type { Screen } from './response-events.js';

const key = 'message';

/**
 * Shows one event of a model that does not speak the Responses API, such as Chat Completions or an operator's
 * own: all models of the SDK tell their text and their final output.
 */
export function showGenericEvent(event: StreamEvent, { messages, showsText }: Screen): void {
  if (!showsText) return;
  if (event.type === 'output_text_delta') {
    messages.append(key, 0, event.delta);
    return;
  }
  if (event.type !== 'response_done') return;
  for (const item of event.response.output) {
    if (!('role' in item)) continue;
    const text = item.content
      .map((part) => {
        if (part.type === 'output_text') return part.text;
        return part.type === 'refusal' ? part.refusal : '';
      })
      .join('');
    if (text === '') continue;
    messages.endPart(key, 0, text);
    messages.end(key);
  }
}
