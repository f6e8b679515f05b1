/**
 * The page's own behaviour: a board whose tasks can be added and ticked off, and one button that
 * hands a question to the chat. Nothing here is needed to embed the chat.
 */
const column = (name) => document.querySelector(`[data-column="${name}"] .cards`);

function count() {
  for (const section of document.querySelectorAll('[data-column]')) {
    section.querySelector('.count').textContent = String(section.querySelectorAll('.card').length);
  }
}

function say(text) {
  document.querySelector('#said').textContent = text;
}

document.addEventListener('change', (event) => {
  const tick = event.target;
  if (!tick.matches('.card input')) return;
  const card = tick.closest('.card');
  column(tick.checked ? 'done' : 'todo').prepend(card);
  tick.focus();
  count();
  say(`${card.querySelector('label').textContent} ${tick.checked ? 'is done' : 'is to do again'}`);
});

document.querySelector('.add').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = event.target.elements.namedItem('title');
  const title = field.value.trim();
  if (!title) return;
  const card = document.querySelector('#card').content.firstElementChild.cloneNode(true);
  const id = `task-${document.querySelectorAll('.card').length + 1}`;
  card.querySelector('input').id = id;
  card.querySelector('label').htmlFor = id;
  card.querySelector('label').textContent = title;
  column('todo').append(card);
  field.value = '';
  count();
  say(`${title} added`);
});

// Works before the chat's script has loaded, too: the call waits in the array.
window.taskpilotChat = window.taskpilotChat || [];
document.querySelector('#plan').addEventListener('click', () => {
  window.taskpilotChat.push(['sendMessage', 'What should I do first today?']);
});

count();
