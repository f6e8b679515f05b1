import { expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { chatKitEventNames } from './chatkit/mount.js';
import type { TaskPilotChat } from './taskpilot-chat.js';
import { problem } from './test/fetch.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { bubbleOf } from './test/query.js';
import { until } from './test/until.js';

const own = [
  'taskpilot-open',
  'taskpilot-close',
  'taskpilot-state',
  'taskpilot-ready',
  'taskpilot-error',
  'taskpilot-session',
  'taskpilot-unread',
] as const;

/** What a page hears at its root. */
function listen(names: readonly string[]): CustomEvent[] {
  const heard: CustomEvent[] = [];
  for (const name of names) {
    document.documentElement.addEventListener(name, (event) => heard.push(event as CustomEvent));
  }
  return heard;
}

describe('The events', () => {
  const page = usePage();
  const open = async (): Promise<TaskPilotChat> => {
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    return chat;
  };

  it('tell of a whole life, each once, in its order, from the host', async () => {
    const heard = listen(own);
    const chat = await page.place();
    bubbleOf(chat).click();
    await inState(chat, 'ready');
    bubbleOf(chat).click();
    const told = heard.map(({ type, detail }) => [type, (detail as object | null) ?? undefined]);
    expect(told).to.deep.equal([
      ['taskpilot-open', undefined],
      ['taskpilot-state', { state: 'loading' }],
      [
        'taskpilot-session',
        {
          session_id: 'cksess_1',
          expires_at: (heard[2]?.detail as { expires_at: number }).expires_at,
          reused: false,
        },
      ],
      ['taskpilot-state', { state: 'ready' }],
      ['taskpilot-ready', undefined],
      ['taskpilot-close', undefined],
    ]);
    expect(
      heard.every(({ target, composed, bubbles }) => target === chat && composed && bubbles),
    ).to.equal(true);
    expect(heard.filter(({ cancelable }) => cancelable).map(({ type }) => type)).to.deep.equal([
      'taskpilot-open',
      'taskpilot-close',
    ]);
    expect(JSON.stringify(told)).not.to.contain('ek_');
  });

  it('say when the session of an earlier page is reused', async () => {
    (await open()).remove();
    const heard = listen(['taskpilot-session']);
    await open();
    expect(heard.map(({ detail }) => (detail as { reused: boolean }).reused)).to.deep.equal([true]);
  });

  it('have ChatKit’s among them, under their names, with their details, once', async () => {
    const chat = await open();
    const heard = listen(chatKitEventNames);
    const details = chatKitEventNames.map((name) => ({
      name,
      threadId: 'thr_1',
      error: new Error(name),
    }));
    chatKitEventNames.forEach((name, index) => chatKitOf(chat).emit(name, details[index]));
    expect(heard.map(({ type }) => type)).to.deep.equal(chatKitEventNames);
    heard.forEach(({ detail, target, bubbles, composed }, index) => {
      expect(detail).to.equal(details[index]);
      expectSame(target as Node, chat);
      expect(bubbles && composed).to.equal(true);
    });
  });

  it('tell of ChatKit’s errors without what they say', async () => {
    const chat = await open();
    const heard = listen(['taskpilot-error']);
    const cause = new Error('secret ek_1 is wrong');
    chatKitOf(chat).emit('chatkit.error', { error: cause });
    const { error } = heard[0]?.detail as { error: Error & { code: string } };
    expect(error).to.include({ code: 'chatkit_error', cause });
    expect(error.message + page.lines.join()).not.to.contain('ek_');
    expect(page.lines).to.have.length(1);
    expect(chat.state).to.equal('ready');
  });

  it('tell of failures with the typed error', async () => {
    const heard = listen(['taskpilot-error']);
    page.endpoint.next.push(problem(401));
    const chat = await page.place({ open: '' });
    await inState(chat, 'error');
    expect((heard[0]?.detail as { error: unknown }).error).to.equal(chat.error);
  });

  it('let the page forbid opening and closing', async () => {
    const chat = await page.place();
    const forbid = (event: Event) => event.preventDefault();
    chat.addEventListener('taskpilot-open', forbid);
    bubbleOf(chat).click();
    chat.setAttribute('open', '');
    chat.open = true;
    await chat.updateComplete;
    expect([chat.open, chat.hasAttribute('open'), chat.state]).to.deep.equal([
      false,
      false,
      'idle',
    ]);
    chat.removeEventListener('taskpilot-open', forbid);
    chat.addEventListener('taskpilot-close', forbid);
    chat.show();
    chat.removeAttribute('open');
    chat.hide();
    expect([chat.open, chat.hasAttribute('open')]).to.deep.equal([true, true]);
  });

  it('make no loop with a page that opens while it is asked', async () => {
    const heard = listen(['taskpilot-open', 'taskpilot-close']);
    const chat = await page.place();
    chat.addEventListener('taskpilot-open', () => {
      chat.show();
      chat.hide();
    });
    chat.addEventListener('taskpilot-close', () => chat.hide());
    chat.show();
    chat.hide();
    expect(heard.map(({ type }) => type)).to.deep.equal(['taskpilot-open', 'taskpilot-close']);
  });

  it('count the answers that nobody has seen, on the bubble as well', async () => {
    const chat = await open();
    const heard = listen(['taskpilot-unread']);
    chatKitOf(chat).emit('chatkit.response.end');
    chat.hide();
    chatKitOf(chat).emit('chatkit.response.end');
    chatKitOf(chat).emit('chatkit.response.end');
    await chat.updateComplete;
    expect(heard.map(({ detail }) => detail as unknown)).to.deep.equal([
      { count: 1 },
      { count: 2 },
    ]);
    expect(bubbleOf(chat).getAttribute('aria-label')).to.equal('Chat, New messages: 2');
    expect(bubbleOf(chat).querySelector('[part=badge]')?.textContent).to.equal('2');
    chat.show();
    await until(
      () => bubbleOf(chat).getAttribute('aria-label') === 'Chat',
      () => 'still unread',
    );
    expect(heard.slice(2).map(({ detail }) => detail as unknown)).to.deep.equal([{ count: 0 }]);
  });

  it('come in the state that they tell of', async () => {
    const states: boolean[] = [];
    const chat = await page.place();
    chat.addEventListener('taskpilot-state', ({ detail }) =>
      states.push(detail.state === chat.state),
    );
    chat.addEventListener('taskpilot-ready', () => states.push(chat.chatkit !== null));
    chat.show();
    await inState(chat, 'ready');
    expect(states).to.deep.equal([true, true, true]);
  });

  it('let a page use the chat from within them', async () => {
    const chat = await page.place();
    const sent: Promise<void>[] = [];
    chat.addEventListener('taskpilot-state', ({ detail }) => {
      if (detail.state === 'loading') sent.push(chat.setComposer('Draft'));
    });
    await chat.sendMessage('Hello');
    await Promise.all(sent);
    expect(
      chatKitOf(chat)
        .calls.map(([name]) => name)
        .sort(),
    ).to.deep.equal(['sendUserMessage', 'setComposerValue']);
    expect(page.endpoint.requests).to.have.length(1);
  });
});
