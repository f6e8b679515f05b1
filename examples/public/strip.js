/** Each session tells who answers, and the button copies the line to paste. */
const sentences = {
  hosted: 'OpenAI’s hosted workflow answers',
  'self-hosted': 'This service answers by itself',
};

// A chat that was open before the page was reloaded begins at once, before the strip is there.
document.addEventListener('taskpilot-session', async ({ detail }) => {
  const response = await fetch(
    `/examples/answering?session=${encodeURIComponent(detail.session_id)}`,
  );
  const { backend } = await response.json();
  document.querySelector('#answering').textContent = sentences[backend] ?? '';
});

document.addEventListener('DOMContentLoaded', () => {
  // An address says only what differs from the usual.
  document.querySelector('.strip form').addEventListener('formdata', ({ formData }) => {
    if (formData.get('backend') === '') formData.delete('backend');
    if (formData.get('scenario') === 'ok') formData.delete('scenario');
  });
  document.querySelector('#copy').addEventListener('click', copyLine);

  // The panel lies over the page: Escape and a press beside it close it.
  const details = document.querySelector('.strip details');
  details.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    details.open = false;
    details.querySelector('summary').focus();
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (!details.contains(target)) details.open = false;
  });
});

async function copyLine({ currentTarget: button }) {
  const code = document.querySelector('.strip pre code');
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
  } catch {
    // No clipboard here (plain http, or refused): select the text, so that one key press copies it.
    window.getSelection().selectAllChildren(code);
    button.textContent = 'Press Ctrl+C';
  }
}
