/**
 * Choosing a scenario or a backend reloads the page with it; the button copies the line to paste; and each
 * session tells which backend it is of.
 */
const sentences = { hosted: 'Hosted answers', 'self-hosted': 'Self-hosted answers' };

// A chat that was open before the page was reloaded begins at once, before the strip is there.
document.addEventListener('taskpilot-session', async ({ detail }) => {
  const response = await fetch(
    `/examples/answering?session=${encodeURIComponent(detail.session_id)}`,
  );
  const { backend } = await response.json();
  document.querySelector('#answering').textContent = sentences[backend] ?? '';
});

document.addEventListener('DOMContentLoaded', () => {
  const form = document.querySelector('.strip form');
  form.addEventListener('change', () => form.requestSubmit());
  form.querySelector('button').remove();
  // An address says only what differs from the usual.
  form.addEventListener('formdata', ({ formData }) => {
    if (formData.get('backend') === '') formData.delete('backend');
  });

  document.querySelector('#copy').addEventListener('click', copyLine);
});

async function copyLine({ currentTarget: button }) {
  const code = document.querySelector('.strip code');
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
  } catch {
    // No clipboard here (plain http, or refused): select the text, so that one key press copies it.
    window.getSelection().selectAllChildren(code);
    button.textContent = 'Press Ctrl+C';
  }
}
