import { describe, expect, it } from 'vitest';
import { parseIntent } from './task-list.js';
import { answer, TaskLists, type Task } from './task-list.js';

describe('What the assistant understands', () => {
  it.each([
    ['add water the plants', 'add', 'water the plants'],
    ['Please add a task: call the printer.', 'add', 'call the printer'],
    ['Add the task "call Ben" to my list', 'add', 'call Ben'],
    ['hi, can you remind me to buy   stamps', 'add', 'buy stamps'],
    ['done with water the plants', 'complete', 'water the plants'],
    ['mark call Ben as done', 'complete', 'call Ben'],
    ['remove buy stamps from the list', 'remove', 'buy stamps'],
  ])('“%s” → %s %s', (message, kind, subject) => {
    expect(parseIntent(message)).toEqual({ kind, subject });
  });

  it.each([
    ['list', 'list'],
    ['What is on my list?', 'list'],
    ['show my tasks', 'list'],
    ['What should I do first today?', 'next'],
    ['Hello, what’s next?', 'next'],
    ['hello', 'greet'],
    ['Hello there!', 'greet'],
    ['what are you?', 'who'],
    ['Are you a real human?', 'who'],
    ['show a table', 'table'],
    ['an example, please', 'code'],
    ['explain how it works', 'long'],
    ['What can you do?', 'help'],
    ['add', 'help'],
    ['', 'help'],
    ['Wie geht es dir?', 'help'],
  ])('“%s” → %s', (message, kind) => {
    expect(parseIntent(message)).toEqual({ kind });
  });
});

describe('The task assistant', () => {
  it('adds, lists, completes and removes', () => {
    const tasks: Task[] = [];
    expect(answer('list', tasks)).toBe('Your list is empty. Tell me what to add.');
    expect(answer('add a', tasks)).toContain('Added **a**.');
    expect(answer('add b', tasks)).toContain('You have **2** open tasks:\n\n- a\n- b');
    expect(answer('what should I do first?', tasks)).toContain('Start with **a**');
    expect(answer('done with A', tasks)).toContain(
      'You have **1** open task:\n\n- ~~a~~ done\n- b',
    );
    expect(answer('what is next?', tasks)).toContain('Start with **b**');
    expect(answer('remove a', tasks)).toContain('Removed **a**.');
    expect(tasks).toEqual([{ title: 'b', done: false }]);
    expect(answer('remove c', tasks)).toContain('I find no task like “c”.');
  });

  it('completes an open task before one of the same name that is done', () => {
    const tasks: Task[] = [
      { title: 'water the plants', done: true },
      { title: 'water the garden', done: false },
    ];
    answer('done with water', tasks);
    expect(tasks.every(({ done }) => done)).toBe(true);
  });

  it('makes a table that a task cannot break', () => {
    expect(answer('table', [{ title: 'a | b', done: true }])).toBe(
      '| Task | State |\n| --- | --- |\n| a \\| b | done |',
    );
  });

  it('takes no more tasks than a list can show', () => {
    const tasks = Array.from({ length: 200 }, (_, index) => ({ title: `t${index}`, done: false }));
    expect(answer('add one more', tasks)).toContain('Your list is full');
    expect(tasks).toHaveLength(200);
  });

  it.each(['who are you?', 'hello', 'what can you do?', 'explain'])(
    'says plainly what it is: %s',
    (message) => {
      expect(answer(message, [])).toContain('not a language model, and not OpenAI');
    },
  );

  it('keeps a list for each visitor', () => {
    const lists = new TaskLists();
    lists.of('ada').push({ title: 'a', done: false });
    expect(lists.of('ada')).toHaveLength(1);
    expect(lists.of('ben')).toEqual([]);
  });
});
