const shownMs = 1500;

/**
 * Copies, and marks the button for a moment, which shows that it has been done.
 *
 * @param announce says it to those who do not see the button
 */
export async function copyText(
  button: HTMLElement,
  text: string,
  announce: (text: string) => void,
): Promise<void> {
  let outcome: 'done' | 'failed' = 'done';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // The page or the browser does not allow it: shown at the button.
    outcome = 'failed';
  }
  button.dataset['copied'] = outcome;
  announce(outcome === 'done' ? 'Copied' : 'Copying is not allowed here');
  setTimeout(() => {
    delete button.dataset['copied'];
    announce('');
  }, shownMs);
}
