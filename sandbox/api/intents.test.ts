import { describe, expect, it } from 'vitest';
import { parseIntent } from './intents.js';

describe('What the assistant understands', () => {
  it.each([
    ['add water the plants', 'add', 'water the plants'],
    ['Please add a task: call the printer.', 'add', 'call the printer'],
    ['Add a task: call the printer', 'add', 'call the printer'],
    ['Add the task "call Ben" to my list', 'add', 'call Ben'],
    ['create a new card: call Ben', 'add', 'call Ben'],
    ['hi, can you remind me to buy   stamps', 'add', 'buy stamps'],
    ['remove buy stamps from the list', 'remove', 'buy stamps'],
    ['delete the card buy stamps', 'remove', 'buy stamps'],
  ])('“%s” → %s %s', (message, kind, subject) => {
    expect(parseIntent(message)).toEqual({ kind, subject });
  });

  it.each([
    ['done with water the plants', 'water the plants', 'done'],
    ['mark call Ben as done', 'call Ben', 'done'],
    ['Tick off the order form', 'the order form', 'done'],
    ['move the domain to in progress', 'the domain', 'doing'],
    ['put "the domain" back into To do', 'the domain', 'todo'],
    ['Move the domain to the new host to done', 'the domain to the new host', 'done'],
    ['start working on the menu photos', 'the menu photos', 'doing'],
    ['reopen the budget', 'the budget', 'todo'],
  ])('“%s” moves %s to %s', (message, subject, column) => {
    expect(parseIntent(message)).toEqual({ kind: 'move', subject, column });
  });

  it.each([
    ['list', 'list'],
    ['What is on my list?', 'list'],
    ['What is on the board?', 'list'],
    ['show my tasks', 'list'],
    ['how many open cards are there?', 'list'],
    ['What is in progress?', 'list'],
    ['What should I do first today?', 'next'],
    ['Plan my day', 'next'],
    ['Can you plan my day, please?', 'next'],
    ['Hello, what’s next?', 'next'],
    ['hello', 'greet'],
    ['Hello there!', 'greet'],
    ['what are you?', 'who'],
    ['Are you a real human?', 'who'],
    ['show a table', 'table'],
    ['Show my tasks as a table', 'table'],
    ['an example, please', 'code'],
    ['show me some code', 'code'],
    ['explain', 'long'],
    ['explain how it works', 'long'],
    ['What can you do?', 'help'],
    ['', 'help'],
  ])('“%s” → %s', (message, kind) => {
    expect(parseIntent(message)).toEqual({ kind });
  });

  it.each([
    'add',
    'What is the weather in Paris?',
    'What is the weather like today?',
    'Wie geht es dir?',
    'How long is the Nile?',
    'Book me a table for two in Paris',
    'What is the country code of France?',
    'Write a poem about the sea',
    'Make a cake',
    'Who won the next match?',
    'What are the first ten primes?',
    'Explain quantum physics',
    'Tell me about board games',
  ])('does not take “%s” for a question about tasks', (message) => {
    expect(parseIntent(message)).toEqual({ kind: 'unknown' });
  });
});
