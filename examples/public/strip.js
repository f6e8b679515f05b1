/** Choosing a scenario reloads the page with it; the button copies the line to paste. */
const form = document.querySelector('.strip form');
form?.addEventListener('change', () => form.requestSubmit());
form?.querySelector('button')?.remove();

const copy = document.querySelector('#copy');
copy?.addEventListener('click', async () => {
  const code = document.querySelector('.strip code');
  try {
    await navigator.clipboard.writeText(code.textContent);
    copy.textContent = 'Copied';
  } catch {
    // No clipboard here (plain http, or refused): select the text, so that one key press copies it.
    window.getSelection().selectAllChildren(code);
    copy.textContent = 'Press Ctrl+C';
  }
});
