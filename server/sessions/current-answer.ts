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

/** The same events; what is called while they are made finds the notes. */
export function withinAnswer<T>(notes: AnswerNotes, events: AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const inner = events[Symbol.asyncIterator]();
      return {
        next: () => current.run(notes, () => inner.next()),
        return: (value?: unknown) =>
          current.run(
            notes,
            () => inner.return?.(value) ?? Promise.resolve({ done: true as const, value }),
          ),
      };
    },
  };
}
