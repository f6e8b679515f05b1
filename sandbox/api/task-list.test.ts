import { describe, expect, it } from 'vitest';
import { TaskList, TaskLists } from './task-list.js';

describe('A list of tasks in memory', () => {
  it('adds, moves and removes, and tells how many are open', () => {
    const tasks = new TaskList();
    const task = { id: 'task-1', title: 'a', column: 'todo' };
    expect(tasks.call('add_task', { title: 'a' })).toEqual({ task, open: 1 });
    expect(tasks.call('add_task', { title: 'a' })).toEqual({ task, open: 1 });
    expect(tasks.call('move_task', { id: 'task-1', column: 'done' })).toEqual({
      task: { ...task, column: 'done' },
      open: 0,
    });
    expect(tasks.call('list_tasks', {})).toEqual({ tasks: [{ ...task, column: 'done' }] });
    expect(tasks.call('remove_task', { id: 'task-1' })).toMatchObject({ open: 0 });
    expect(tasks.call('move_task', { id: 'task-1', column: 'todo' })).toEqual({
      error: 'There is no such task.',
    });
    expect(tasks.call('list_tasks', {})).toEqual({ tasks: [] });
  });

  it('takes no more tasks than a list can show', () => {
    const tasks = new TaskList();
    for (let index = 0; index < 200; index++) tasks.call('add_task', { title: `t${index}` });
    expect(tasks.call('add_task', { title: 'one more' })).toEqual({
      error: 'The list is full. Remove a task first.',
    });
  });

  it('is another one for each visitor', () => {
    const lists = new TaskLists();
    lists.of('ada').call('add_task', { title: 'a' });
    expect(lists.of('ada').call('list_tasks', {})).toMatchObject({ tasks: [{ title: 'a' }] });
    expect(lists.of('ben').call('list_tasks', {})).toEqual({ tasks: [] });
  });
});
