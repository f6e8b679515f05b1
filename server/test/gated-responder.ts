import type { Responder } from '../chatkit/index.js';

/** Answers when a test opens its gate, at once by default, and counts the answers it was asked for. */
export class GatedResponder implements Responder {
  gate: Promise<void> = Promise.resolve();
  asked = 0;

  async *respond(): ReturnType<Responder['respond']> {
    this.asked += 1;
    await this.gate;
    yield { type: 'progress_update', text: 'Answered' };
  }
}
