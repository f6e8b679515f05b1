/**
 * The page's own behaviour: a board whose tasks can be added and ticked off, and a button that hands a question to the
 * chat. What lets the assistant work on the board is `onClientTool`; without it, one script tag is all that a chat needs.
 */
import { addCard, onClientTool, tick } from './board-tools.js';

document.addEventListener('change', ({ target }) => {
  if (target.matches('.card input')) tick(target);
});

document.querySelector('.add').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = event.target.elements.namedItem('title');
  const title = field.value.trim();
  if (!title) return;
  addCard(title);
  field.value = '';
});

// Works before the chat's script has loaded, too: what is pushed waits in the array.
window.taskpilotChat = window.taskpilotChat || [];
window.taskpilotChat.push(['set', { options: { onClientTool } }]);
document.querySelector('#plan').addEventListener('click', () => {
  window.taskpilotChat.push(['sendMessage', 'Plan my day']);
});
