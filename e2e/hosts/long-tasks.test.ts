import { expect, it } from 'vitest';
import { Chat } from '../support/browser.js';
import { useWorld } from '../support/suite.js';
import { addHostPages } from './serve.js';

const suite = useWorld({ prepare: addHostPages });

/** From 50 ms on a task counts as long: https://w3c.github.io/longtasks/ */
const longTaskMs = 50;

/** An event of Chromium's trace; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly tid: number;
  readonly pid: number;
  readonly ts: number;
  readonly dur?: number;
  /** What the thread has worked of `dur`: without the time in which other processes had the processor. */
  readonly tdur?: number;
  readonly args: { readonly data?: { readonly url?: string } };
}

/** Milliseconds of work in each task in which a script ran, or promises of no script in particular were settled. */
function tasksOf(trace: Buffer, scriptUrl: string): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  return traceEvents
    .filter(({ name }) => name === 'RunTask')
    .filter(({ pid, tid, ts, dur = 0 }) => {
      const inside = traceEvents.filter(
        (event) => event.tid === tid && event.pid === pid && event.ts >= ts && event.ts < ts + dur,
      );
      const calls = inside.filter(({ name }) => /^(EvaluateScript|FunctionCall)$/.test(name));
      return calls.length > 0
        ? calls.some(({ args }) => args.data?.url === scriptUrl)
        : inside.some(({ name }) => name === 'V8.RunMicrotasks');
    })
    .map(({ tdur = NaN }) => tdur / 1000);
}

it('Neither pasting the script nor a pointer on the bubble takes a long task', async () => {
  const { page } = await suite.visit();
  const chat = new Chat(page);
  await suite.browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8'],
  });
  await page.goto(`${suite.world.url}/hosts/quirks`);
  await chat.bubble.hover();
  await page.waitForFunction(() => document.querySelector('taskpilot-chat')?.state === 'ready');
  const tasks = tasksOf(await suite.browser.stopTracing(), `${suite.world.url}/taskpilot-chat.js`);
  // The script itself, and what follows: updates, the pointer's events, the session, ChatKit's start.
  expect(tasks.length).toBeGreaterThan(5);
  expect(Math.max(...tasks)).toBeGreaterThan(1);
  expect(Math.max(...tasks)).toBeLessThan(longTaskMs);
});
