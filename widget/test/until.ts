/** The page's own, whatever a test does to it. */
const setTimeout = window.setTimeout.bind(window);

/** Waits until something is so, and says what is not so after some seconds. */
export async function until(condition: () => unknown, what: () => string): Promise<void> {
  const end = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(what());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Lets time-outs from `fromMs` to `toMs` end soon: what is not to time out has to come first. Gives back what undoes it. */
export function shortenTimers(fromMs: number, toMs: number): () => void {
  const shortened = (action: TimerHandler, delay = 0, ...args: unknown[]): number =>
    setTimeout(action, delay >= fromMs && delay <= toMs ? 100 : delay, ...args);
  Object.assign(window, { setTimeout: shortened });
  return () => Object.assign(window, { setTimeout });
}
