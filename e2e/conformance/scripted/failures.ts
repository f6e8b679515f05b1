import {
  CustomStreamError,
  StreamError,
  type ThreadStreamEvent,
  type WorkflowItem,
} from '@taskpilot-chat/server/chatkit';
import {
  annotationAdded,
  base,
  card,
  content,
  delta,
  done,
  part,
  saying,
  streaming,
  updated,
} from './parts.js';
import type { Answer, Asked } from './parts.js';

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
  { context }: Asked,
  events: Iterable<ThreadStreamEvent>,
): AsyncIterable<ThreadStreamEvent> {
  yield* events;
  await until(context.signal);
}

const beginning = (asked: Asked, text: string) =>
  streaming(asked, [part('added', content('')), delta(text)], null);

/** The start of a message that never ends. */
const endless = (asked: Asked, text: string): AsyncIterable<ThreadStreamEvent> =>
  slowly(asked, beginning(asked, text));

function* halfWorkflow(asked: Asked): Iterable<ThreadStreamEvent> {
  const workflow = { type: 'reasoning', tasks: [] } as WorkflowItem['workflow'];
  const item = { type: 'workflow', ...base(asked, 'workflow'), workflow } as const;
  yield { type: 'thread.item.added', item };
  const task = { type: 'thought', content: 'Hm', status_indicator: 'loading' } as const;
  yield updated(item, { type: 'workflow.task.added', task_index: 0, task });
}

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
  slow: (question) => endless(question, 'Once upon a time'),
  'slow blank': (question) => endless(question, ' \n'),
  'slow widget': (question) => {
    const widget = card([{ type: 'Text', value: 'Wait' }]);
    const item = { type: 'widget', ...base(question), widget } as const;
    return slowly(question, [{ type: 'thread.item.added', item }]);
  },
  *'effect and error'() {
    yield { type: 'client_effect', name: 'open_task', data: {} };
    yield { type: 'notice', level: 'warning', message: 'It may fail.' };
    throw new CustomStreamError('It *failed*.', { allowRetry: true });
  },
  'error at once': throwing(failure),
  *'error in workflow'(question) {
    yield* halfWorkflow(question);
    throw failure();
  },
  'slow second': (question) =>
    slowly(question, [done(saying(question, 'First.')), ...beginning(question, 'Second')]),
  'slow annotated': (question) => {
    const source = { type: 'url', title: 'A page', url: 'https://example.com/' } as const;
    return slowly(
      question,
      streaming(
        question,
        [
          part('added', content('')),
          delta('Read'),
          annotationAdded(0, { type: 'annotation', source }),
          { ...delta('More'), content_index: 1 },
        ],
        null,
      ),
    );
  },
  'slow workflow': (question) => slowly(question, halfWorkflow(question)),
  'slow image': (question) => {
    const item = { type: 'generated_image', ...base(question) } as const;
    return slowly(question, [{ type: 'thread.item.added', item }]);
  },
  'slow title': (question) => {
    question.thread.title = 'In time';
    return endless(question, 'Once');
  },
};
