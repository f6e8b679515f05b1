import type { StreamEvent } from '@openai/agents';
import { randomUUID } from 'node:crypto';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';

export const modelEvent = (event: ResponseStreamEvent): StreamEvent => ({ type: 'model', event });

/** Before the first piece is shown. */
const minPiece = 40;
/** ChatKit gets the whole thought with each piece: pieces that grow with it keep the sum of bytes linear. */
const growth = 8;

/** The thoughts of a model as events for summaries of its reasoning, which the visitor sees as a step. */
export class ThoughtEvents {
  readonly #id = `thought_${randomUUID()}`;
  #hasBegun = false;
  #written = 0;
  #pending = '';

  /** @returns the events that are due */
  push(text: string): StreamEvent[] {
    this.#pending += text;
    const isDue = this.#pending.length >= Math.max(minPiece, this.#written / growth);
    return isDue ? this.flush() : [];
  }

  /** @returns the events of what is left, when the answer begins or ends */
  flush(): StreamEvent[] {
    const delta = this.#written === 0 ? this.#pending.trimStart() : this.#pending;
    this.#pending = '';
    if (delta === '') return [];
    this.#written += delta.length;
    const common = { output_index: 0, sequence_number: 0 };
    const added: StreamEvent[] = this.#hasBegun
      ? []
      : [
          modelEvent({
            type: 'response.output_item.added',
            item: { type: 'reasoning', id: this.#id, summary: [] },
            ...common,
          }),
        ];
    this.#hasBegun = true;
    return [
      ...added,
      modelEvent({
        type: 'response.reasoning_summary_text.delta',
        item_id: this.#id,
        summary_index: 0,
        delta,
        ...common,
      }),
    ];
  }
}
