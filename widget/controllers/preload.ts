/**
 * Starts the chat before it is opened, as far as the page wants that. At hover and focus the bubble does so
 * itself.
 *
 * @param seen an element that has to be seen to show intent: an inline chat is meant to be used where it is
 * @returns what ends the wait for the right moment
 */
export function schedulePreload(
  preload: string | undefined,
  seen: Element | null,
  start: () => void,
): () => void {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  const isEarly = !connection?.saveData;
  if (isEarly && preload === 'eager') {
    start();
  } else if (isEarly && preload === 'idle') {
    // Safari has no idle callbacks.
    const canIdle = 'requestIdleCallback' in window;
    const handle = canIdle ? requestIdleCallback(start) : setTimeout(start);
    return () => (canIdle ? cancelIdleCallback : clearTimeout)(handle as number);
  } else if (preload !== 'none' && seen) {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) start();
    });
    observer.observe(seen);
    return () => observer.disconnect();
  }
  return () => undefined;
}
