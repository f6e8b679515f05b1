import {
  CustomStreamError,
  StreamError,
  type ThreadStreamEvent,
} from '@taskpilot-chat/server/chatkit';
import { base, card, content, delta, done, part, saying, streaming } from './parts.js';
import type { Answer, Question } from './parts.js';

const failure = () => new Error('As scripted.');

/** Waits until nobody wants the answer any more. */
const until = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });

const throwing =
  (error: () => Error): Answer =>
  () => {
    throw error();
  };

async function* slowly(
  question: Question,
  events: Iterable<ThreadStreamEvent>,
): AsyncIterable<ThreadStreamEvent> {
  yield* events;
  await until(question.context.signal);
}

/** The start of a message that never ends. */
const endless =
  (text: string): Answer =>
  (question) =>
    slowly(question, streaming(question, [part('added', content('')), delta(text)], null));

/** Answers that fail, or never end. */
export const failures: Readonly<Record<string, Answer>> = {
  *error(question) {
    yield done(saying(question, 'Before.'));
    throw failure();
  },
  *'error in mid message'(question) {
    yield* streaming(question, [delta('Half')], null);
    throw failure();
  },
  *'title and error'(question) {
    yield done(saying(question, 'One.'));
    question.thread.title = 'A last title';
    throw failure();
  },
  'stream error': throwing(() => new StreamError()),
  'final stream error': throwing(() => new StreamError({ allowRetry: false })),
  'custom error': throwing(() => new CustomStreamError('Too many tasks.')),
  'custom error with retry': throwing(
    () => new CustomStreamError('Too many tasks.', { allowRetry: true }),
  ),
  'error event': (question) => [
    { type: 'error', code: 'custom', message: 'Half of it failed.', allow_retry: false },
    done(saying(question, 'The other half.')),
  ],
  slow: endless('Once upon a time'),
  'slow blank': endless(' \n'),
  'slow widget': (question) => {
    const widget = card([{ type: 'Text', value: 'Wait' }]);
    const item = { type: 'widget', ...base(question), widget } as const;
    return slowly(question, [{ type: 'thread.item.added', item }]);
  },
};
