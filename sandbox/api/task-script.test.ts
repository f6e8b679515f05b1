import { describe, expect, it } from 'vitest';
import { TaskList, type Task } from './task-list.js';
import { answer, nextStep } from './task-script.js';

describe('The task assistant with a list in memory', () => {
  it('adds, lists, finishes and removes', () => {
    const tasks = new TaskList();
    expect(answer('list', tasks)).toBe('Your list is empty. Tell me what to add.');
    expect(answer('add a', tasks)).toBe('Added **a**. You have **1** open task.');
    expect(answer('add b', tasks)).toBe('Added **b**. You have **2** open tasks.');
    expect(answer('what should I do first?', tasks)).toBe(
      'Start with **a**: it has waited longest.\n\nAfter that:\n\n1. b',
    );
    expect(answer('done with A', tasks)).toBe(
      'Well done: **a** is finished. You have **1** open task.',
    );
    expect(answer('list', tasks)).toBe('You have **1** open task:\n\n- ~~a~~ done\n- b');
    expect(answer('what is next?', tasks)).toContain('Start with **b**');
    expect(answer('move b to in progress', tasks)).toContain('Moved **b** to In progress.');
    expect(answer('remove a', tasks)).toContain('Removed **a**.');
    expect(answer('remove c', tasks)).toBe(
      'I find no task like “c”.\n\nYou have **1** open task:\n\n- b (in progress)',
    );
  });

  it('finishes an open task before one of the same name that is done', () => {
    const tasks = new TaskList();
    for (const message of ['add water the plants', 'done with water', 'add water the garden']) {
      answer(message, tasks);
    }
    expect(answer('done with water', tasks)).toContain('**water the garden** is finished');
  });

  it('makes a table that a task cannot break', () => {
    const tasks = new TaskList();
    answer('add a | b', tasks);
    expect(answer('table', tasks)).toBe('| Task | State |\n| --- | --- |\n| a \\| b | open |');
  });

  it.each(['who are you?', 'hello', 'what can you do?', 'explain', 'What is the weather?'])(
    'says plainly what it is: %s',
    (message) => {
      expect(answer(message, new TaskList())).toContain('not a language model, and not OpenAI');
    },
  );
});

describe('The task assistant on a page with a board', () => {
  const card = (id: string, title: string, column: Task['column'], due?: string): Task => ({
    ...{ id, title, column },
    ...(due !== undefined && { due }),
  });
  const tasks = [
    card('1', 'Write opening hours', 'todo', 'Tomorrow'),
    card('2', 'Move the domain', 'todo', '10 December'),
    card('3', 'Send the photos', 'todo', 'Today'),
    card('4', 'Order form', 'doing', 'Thursday'),
    card('5', 'Agree on the budget', 'done'),
  ];
  const listed = { name: 'list_tasks', output: { tasks } };

  it('asks the page for its cards, and plans the day from those', () => {
    expect(nextStep('Plan my day', [])).toEqual({
      type: 'call',
      name: 'list_tasks',
      arguments: {},
    });
    expect(nextStep('Plan my day', [listed])).toEqual({
      type: 'say',
      text: [
        'Start with **Send the photos**: it is due today.',
        'After that:\n\n1. Write opening hours (due tomorrow)\n2. Order form (in progress, due Thursday)',
        'These can wait:\n\n- Move the domain (due 10 December)',
      ].join('\n\n'),
    });
    const others = { name: 'list_tasks', output: { tasks: tasks.slice(3) } };
    expect(nextStep('Plan my day', [others])).toEqual({
      type: 'say',
      text: 'Start with **Order form**: it is in progress and due Thursday.',
    });
    const done = { name: 'list_tasks', output: { tasks: tasks.slice(4) } };
    expect(nextStep('Plan my day', [done])).toMatchObject({
      text: 'Everything is done. Tell me what comes next.',
    });
  });

  it('adds a card, and says what the page has made of it', () => {
    expect(nextStep('Add a task: call the printer', [])).toEqual({
      type: 'call',
      name: 'add_task',
      arguments: { title: 'call the printer' },
    });
    const output = { task: card('9', 'Call the printer', 'todo'), open: 5 };
    expect(nextStep('Add a task: call the printer', [{ name: 'add_task', output }])).toEqual({
      type: 'say',
      text: 'Added **Call the printer**. You have **5** open tasks.',
    });
  });

  it('looks a card up before it moves it', () => {
    const message = 'tick off the photos';
    expect(nextStep(message, [])).toMatchObject({ name: 'list_tasks' });
    expect(nextStep(message, [listed])).toEqual({
      type: 'call',
      name: 'move_task',
      arguments: { id: '3', column: 'done' },
    });
    const output = { task: card('3', 'Send the photos', 'done'), open: 3 };
    expect(nextStep(message, [listed, { name: 'move_task', output }])).toMatchObject({
      text: 'Well done: **Send the photos** is finished. You have **3** open tasks.',
    });
  });

  it('asks for nothing when it does not need the board', () => {
    expect(nextStep('What is the weather in Paris?', [])).toMatchObject({ type: 'say' });
  });

  it.each([[null], ['text'], [{}], [{ tasks: null }], [{ task: {}, open: 1 }]])(
    'ends its turn when the page answers %j',
    (output) => {
      expect(nextStep('list', [{ name: 'list_tasks', output }])).toMatchObject({
        type: 'say',
        text: expect.stringContaining('did not tell me its tasks') as string,
      });
    },
  );

  it('says why a tool has failed', () => {
    const output = { error: 'The board is locked.' };
    expect(nextStep('add a', [{ name: 'add_task', output }])).toMatchObject({
      text: 'That did not work. The board is locked.',
    });
  });
});
