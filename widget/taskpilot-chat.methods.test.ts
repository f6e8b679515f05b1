import { expectNothing, expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import type { TaskPilotChatError } from './errors.js';
import { chatKit } from './test/chatkit.js';
import { problem } from './test/fetch.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { until } from './test/until.js';

const failureOf = (promise: Promise<unknown>): Promise<TaskPilotChatError> =>
  promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) => error as TaskPilotChatError,
  );

describe('The methods', () => {
  const page = usePage();

  it('open, close and toggle', async () => {
    const chat = await page.place();
    chat.show();
    expect(chat.hasAttribute('open')).to.equal(true);
    chat.hide();
    expect(chat.open).to.equal(false);
    chat.toggle();
    expect(chat.open).to.equal(true);
  });

  it('reach ChatKit when it is ready, in their order', async () => {
    const chat = await page.place();
    await Promise.all([
      chat.sendMessage('Hello'),
      chat.setComposer('Draft'),
      chat.setThread('thr_1'),
      chat.newThread(),
      chat.focusComposer(),
    ]);
    expect(chatKitOf(chat).calls).to.deep.equal([
      ['sendUserMessage', { text: 'Hello' }],
      ['setComposerValue', { text: 'Draft' }],
      ['setThreadId', 'thr_1'],
      ['setThreadId', null],
      ['focusComposer'],
    ]);
    expect(chat.open).to.equal(true);
  });

  it('may be called in the moment in which the element enters the page', async () => {
    const placed = page.place();
    const chat = document.querySelector('taskpilot-chat');
    await chat?.setComposer('Draft');
    await placed;
    expect(page.endpoint.requests).to.have.length(1);
  });

  it('open only for a message', async () => {
    const chat = await page.place();
    await chat.setComposer('Draft');
    expect(chat.state).to.equal('ready');
    expect(chat.open).to.equal(false);
  });

  it('reject with the typed error when the chat cannot start', async () => {
    const chat = await page.place();
    page.endpoint.next.push(problem(403));
    expect((await failureOf(chat.sendMessage('Hello'))).code).to.equal('session_forbidden');
    expect(page.lines).to.have.length(1);
  });

  it('reject with the typed error when ChatKit does, and tell of it', async () => {
    const chat = await page.place();
    await chat.setComposer('Draft');
    const cause = (chatKit.failing = new Error('busy'));
    expect(await failureOf(chat.sendMessage('Hello'))).to.include({ code: 'chatkit_error', cause });
    expect(page.lines[0]).to.contain('chatkit_error');
    expect(chat.state).to.equal('ready');
  });

  it('reject when ChatKit does not answer', async () => {
    const chat = await page.place();
    await chat.setComposer('Draft');
    page.shortenTimers(10_000);
    Object.assign(chatKitOf(chat), { setThreadId: () => new Promise(() => undefined) });
    expect((await failureOf(chat.setThread('thr_1'))).code).to.equal('chatkit_timeout');
  });

  it('reject outside the page, and when the chat leaves it meanwhile', async () => {
    const outside = document.createElement('taskpilot-chat');
    expect((await failureOf(outside.sendMessage('Hello'))).code).to.equal('chatkit_error');
    const chat = await page.place();
    const failure = failureOf(chat.sendMessage('Hello'));
    chat.remove();
    expect((await failure).code).to.equal('chatkit_error');
    expect(page.lines).to.deep.equal([]);
  });

  it('are no uncaught error when the page takes the chat away as soon as it starts', async () => {
    const uncaught: unknown[] = [];
    const note = (event: PromiseRejectionEvent): void => {
      event.preventDefault();
      uncaught.push(event.reason);
    };
    window.addEventListener('unhandledrejection', note);
    const chat = await page.place();
    chat.addEventListener('taskpilot-state', () => chat.remove());
    chat.show();
    await until(
      () => !chat.isConnected,
      () => 'never started',
    );
    // Such events come after the promises of the task.
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    window.removeEventListener('unhandledrejection', note);
    expect(uncaught).to.deep.equal([]);
  });

  it('retry only what has failed', async () => {
    const chat = await page.place();
    page.endpoint.next.push(problem(403));
    await failureOf(chat.focusComposer());
    await chat.retry();
    const { chatkit } = chat;
    expect(chat.state).to.equal('ready');
    await chat.retry();
    expectSame(chat.chatkit, chatkit);
  });

  it('log out: secret, thread and ChatKit go, and the next user gets a session of their own', async () => {
    let user = 'ada';
    const chat = await page.place({ thread: 'thr_1' });
    chat.getAuthToken = () => user;
    chat.show();
    await inState(chat, 'ready');
    chatKitOf(chat).emit('chatkit.thread.change', { threadId: 'thr_2' });
    await chat.resetSession();
    expectNothing(chat.chatkit);
    expect([chat.state, chat.open]).to.deep.equal(['idle', false]);
    const left = Object.values(sessionStorage).join();
    expect(left).not.to.contain('ek_').and.not.to.contain('thr_');
    user = 'ben';
    await chat.setComposer('Draft');
    const [ada, ben] = page.endpoint.requests.map(({ headers }) => headers.get('authorization'));
    expect([ada, ben]).to.deep.equal(['Bearer ada', 'Bearer ben']);
    expect(chatKitOf(chat).options.initialThread).to.equal(null);
  });

  it('log out before anything has started: the session of an earlier page goes, too', async () => {
    const first = await page.place();
    await first.setComposer('Draft');
    first.remove();
    const chat = await page.place();
    await chat.resetSession();
    await chat.setComposer('Draft');
    expect(page.endpoint.requests).to.have.length(2);
  });
});
