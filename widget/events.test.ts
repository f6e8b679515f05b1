import './register.js';
import { expect } from './test/testing.js';

describe('Listeners', () => {
  it('W32: have the types of all elements’ events and of the element’s own, on the document too', () => {
    // Checked by the compiler; nothing is dispatched.
    const chat = document.createElement('taskpilot-chat');
    const abort = new AbortController();
    const { signal } = abort;
    const seen: unknown[] = [];
    chat.addEventListener('click', (event) => seen.push(event.clientX), { signal });
    chat.addEventListener('taskpilot-state', ({ detail }) => seen.push(detail.state), { signal });
    document.addEventListener(
      'taskpilot-unread',
      ({ detail }) => seen.push(detail.count.toFixed()),
      {
        signal,
      },
    );
    document.addEventListener('keydown', ({ key }) => seen.push(key), { signal });
    // @ts-expect-error the layout is one of three
    chat.layout = 'flotaing';
    abort.abort();
    expect(seen).to.deep.equal([]);
  });
});
