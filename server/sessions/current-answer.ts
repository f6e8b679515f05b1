import { AsyncLocalStorage } from 'node:async_hooks';

/** What an agent tells of the answer that it is making. */
export interface AnswerNotes {
  failure: string | null;
  model: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
}

const current = new AsyncLocalStorage<AnswerNotes>();

/** The notes on the answer that the running code works for; undefined outside of one. */
export const currentAnswer = (): AnswerNotes | undefined => current.getStore();

/** Does a part of the work of an answer; what is called in it finds the notes. */
export const withinAnswer = <T>(notes: AnswerNotes, work: () => T): T => current.run(notes, work);
