/**
 * The board, and the tools with which the assistant reads and changes it. They are the same for a workflow at OpenAI and
 * for an agent of the service: both call them by name, through ChatKit's `onClientTool`.
 */
const columns = ['todo', 'doing', 'done'];
const maxTitleLength = 120;
const maxCards = 200;

const list = (column) => document.querySelector(`[data-column="${column}"] .cards`);
const cards = () => [...document.querySelectorAll('[data-column] .card')];
const columnOf = (card) => card.closest('[data-column]').dataset.column;
const titleOf = (card) => card.querySelector('label').textContent;
const isOpen = (card) => columnOf(card) !== 'done';

/** For people who do not see the board change. */
function announce(text) {
  document.querySelector('#said').textContent = text;
}

function count() {
  for (const section of document.querySelectorAll('[data-column]')) {
    section.querySelector('.count').textContent = String(section.querySelectorAll('.card').length);
  }
}

/** A card as an assistant gets it. */
function describe(card) {
  const due = card.querySelector('.due')?.textContent;
  return {
    id: card.querySelector('input').id,
    title: titleOf(card),
    column: columnOf(card),
    ...(due && { due }),
    label: card.querySelector('.tag').textContent,
    owner: card.querySelector('.who').title,
  };
}

function place(card, column) {
  card.querySelector('input').checked = column === 'done';
  if (columnOf(card) !== column) list(column).prepend(card);
  count();
}

/** Shows which card has changed. */
function highlight(card) {
  card.classList.remove('changed');
  // Reading a size makes the browser forget the former animation.
  card.getBoundingClientRect();
  card.classList.add('changed');
}

/** Ids of removed cards are not used again. */
let lastId = cards().length;

/** @returns the card, or the open one that has the title already, for an answer may be asked for twice */
export function addCard(title) {
  const known = cards().find((card) => isOpen(card) && titleOf(card) === title);
  if (known) return known;
  const card = document.querySelector('#card').content.firstElementChild.cloneNode(true);
  const id = `task-${++lastId}`;
  card.querySelector('input').id = id;
  card.querySelector('label').htmlFor = id;
  card.querySelector('label').textContent = title;
  list('todo').append(card);
  count();
  announce(`${title} added`);
  return card;
}

/** A tick moves the card to “Done”, and back to “To do”. */
export function tick(box) {
  const card = box.closest('.card');
  place(card, box.checked ? 'done' : 'todo');
  box.focus();
  announce(`${titleOf(card)} ${box.checked ? 'is done' : 'is to do again'}`);
}

const changed = (task) => ({ task, open: cards().filter(isOpen).length });

/** Every tool takes the arguments that the model has made up, and returns what the model is to know. */
const tools = {
  list_tasks: () => ({ tasks: cards().map(describe) }),

  add_task: ({ title }) => {
    const text = typeof title === 'string' ? title.trim().slice(0, maxTitleLength) : '';
    if (text === '') return { error: 'A card needs a title.' };
    if (cards().length >= maxCards) return { error: 'The board is full.' };
    const card = addCard(text);
    highlight(card);
    return changed(describe(card));
  },

  move_task: ({ id, column }) => {
    const card = find(id);
    if (!card) return { error: 'There is no card with this id.' };
    if (!columns.includes(column)) return { error: `A column is one of ${columns.join(', ')}.` };
    place(card, column);
    highlight(card);
    const name = document.getElementById(column).textContent;
    announce(`${titleOf(card)} moved to ${name}`);
    return changed(describe(card));
  },

  remove_task: ({ id }) => {
    const card = find(id);
    if (!card) return { error: 'There is no card with this id.' };
    const task = describe(card);
    card.remove();
    count();
    announce(`${task.title} removed`);
    return changed(task);
  },
};

const find = (id) => cards().find((card) => card.querySelector('input').id === id);

/** ChatKit's `onClientTool`. */
export function onClientTool({ name, params }) {
  return Object.hasOwn(tools, name)
    ? tools[name](params ?? {})
    : { error: `This page has no tool ${name}.` };
}
