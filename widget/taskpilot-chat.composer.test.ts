import { sendKeys } from '@web/test-runner-commands';
import { expectNothing, expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import type { TaskPilotChat } from './taskpilot-chat.js';
import { chatKit } from './test/chatkit.js';
import { defer, problem, type Deferred } from './test/fetch.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { bubbleOf, findByRole, getByRole, textOf } from './test/query.js';
import { until } from './test/until.js';

describe('The composer before ChatKit is ready', () => {
  const page = usePage();

  const composerOf = (chat: TaskPilotChat): HTMLTextAreaElement =>
    getByRole(chat, 'textbox', 'Message') as HTMLTextAreaElement;
  /** TypeScript's type lacks it. */
  const inputMethodKey: object = { keyCode: 229 };
  const press = (key: string): Promise<void> => sendKeys({ press: key });
  const type = (text: string): Promise<void> => sendKeys({ type: text });
  const enter = (target: HTMLElement, init: KeyboardEventInit = {}): boolean =>
    target.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init }),
    );

  /** Opened by a click, with a session that comes when the test wants it. */
  async function loading(
    attributes: Record<string, string> = {},
  ): Promise<{ chat: TaskPilotChat; composer: HTMLTextAreaElement; session: Deferred<Response> }> {
    const chat = await page.place(attributes);
    const session = defer<Response>();
    page.endpoint.next.push(session.promise);
    bubbleOf(chat).click();
    await inState(chat, 'loading');
    return { chat, composer: composerOf(chat), session };
  }

  const answer = async (session: Deferred<Response>): Promise<void> =>
    session.resolve(await page.endpoint.fetch('/sessions'));

  const callsOf = (chat: TaskPilotChat, name: string): unknown[] =>
    chatKitOf(chat)
      .calls.filter(([called]) => called === name)
      .map(([, value]) => value);

  const hasGone = async (chat: TaskPilotChat): Promise<void> =>
    until(
      () => !findByRole(chat, 'textbox'),
      () => 'our composer stays',
    );

  const write = (composer: HTMLTextAreaElement, text: string, init: InputEventInit = {}): void => {
    composer.value = text;
    composer.dispatchEvent(new InputEvent('input', { bubbles: true, ...init }));
  };

  it('has the focus as soon as the panel opens, and the page’s words', async () => {
    const { chat, composer } = await loading({ placeholder: 'Ask about your board' });
    expectSame(chat.shadowRoot?.activeElement, composer);
    expect(composer.placeholder).to.equal('Ask about your board');
    expect(getComputedStyle(composer).fontSize).to.equal('16px');
  });

  it('has words of its own in the language and direction of the chat', async () => {
    page.endpoint.next.push(defer<Response>().promise);
    const chat = await page.place({ locale: 'ar', open: '' });
    // The language is fetched when the chat is opened.
    const find = () => findByRole(chat, 'textbox', 'الرسالة') as HTMLTextAreaElement | null;
    await until(find, () => 'not in Arabic');
    const composer = find();
    if (!composer) throw new Error('no composer');
    expect(composer.placeholder).to.equal('أرسل رسالة إلى الذكاء الاصطناعي');
    expect(getComputedStyle(composer).direction).to.equal('rtl');
    expect(composer.closest('[lang]')?.getAttribute('lang')).to.equal('ar');
  });

  it('gives ChatKit what was typed, then the focus', async () => {
    const { chat, session } = await loading();
    await type('Buy milk');
    await answer(session);
    await inState(chat, 'ready');
    await hasGone(chat);
    expect(chatKitOf(chat).calls).to.deep.equal([
      ['setComposerValue', { text: 'Buy milk' }],
      ['focusComposer'],
    ]);
    expect(chat.shadowRoot?.activeElement).not.to.equal(null);
  });

  it('loses no letter that is typed while ChatKit takes over', async () => {
    const { chat, composer, session } = await loading();
    await type('Buy');
    await answer(session);
    const taken = defer<undefined>();
    await until(
      () => chat.chatkit,
      () => 'no ChatKit',
    );
    const values: unknown[] = [];
    Object.assign(chatKitOf(chat), {
      setComposerValue: (value: unknown) => {
        values.push(value);
        return taken.promise;
      },
    });
    await inState(chat, 'ready');
    await until(
      () => values.length === 1,
      () => 'nothing given',
    );
    expectSame(composerOf(chat), composer);
    await type(' milk');
    taken.resolve(undefined);
    await hasGone(chat);
    expect(values).to.deep.equal([{ text: 'Buy' }, { text: 'Buy milk' }]);
  });

  it('sends with Enter and with the button, shows what waits, and sends it once, in order', async () => {
    const { chat, composer, session } = await loading();
    await type('First');
    await press('Enter');
    await type('Second');
    await chat.updateComplete;
    getByRole(chat, 'button', 'Send').click();
    await chat.updateComplete;
    expect(composer.value).to.equal('');
    expect(textOf(chat)).to.contain('First | Second');
    expect(getByRole(chat, 'status').textContent).to.equal('Waiting to be sent…');
    await answer(session);
    await inState(chat, 'ready');
    await until(
      () => callsOf(chat, 'sendUserMessage').length === 2,
      () => 'not sent',
    );
    expect(callsOf(chat, 'sendUserMessage')).to.deep.equal([{ text: 'First' }, { text: 'Second' }]);
    expect(callsOf(chat, 'setComposerValue')).to.deep.equal([]);
    await hasGone(chat);
    expect(textOf(chat)).not.to.contain('First');
  });

  it('sends a second message after the answer to the first one', async () => {
    const { chat, composer, session } = await loading();
    for (const text of ['First', 'Second']) {
      write(composer, text);
      enter(composer);
    }
    // Before the widget hears of it, and sends.
    const onReady = (): void => {
      const fake = chatKitOf(chat);
      Object.assign(fake, {
        sendUserMessage: (message: { text: string }) => {
          fake.emit('chatkit.response.start');
          fake.calls.push(['sendUserMessage', message]);
          return Promise.resolve();
        },
      });
    };
    window.addEventListener('chatkit.ready', onReady, { capture: true, once: true });
    await answer(session);
    await inState(chat, 'ready');
    const fake = chatKitOf(chat);
    await hasGone(chat);
    expect(callsOf(chat, 'sendUserMessage')).to.deep.equal([{ text: 'First' }]);
    expect(textOf(chat)).to.contain('Second').and.not.to.contain('First');
    fake.emit('chatkit.response.end');
    await until(
      () => callsOf(chat, 'sendUserMessage').length === 2,
      () => 'second message not sent',
    );
    await chat.updateComplete;
    expect(textOf(chat)).not.to.contain('Second');
  });

  it('breaks the line with Shift+Enter, and never sends while composing nor an empty text', async () => {
    const { chat, composer } = await loading();
    enter(composer);
    await type(' ');
    await press('Enter');
    expect(textOf(chat)).not.to.contain('Waiting');
    await type('a');
    await sendKeys({ down: 'Shift' });
    await press('Enter');
    await sendKeys({ up: 'Shift' });
    await type('b');
    expect(composer.value).to.equal(' a\nb');
    enter(composer, { isComposing: true });
    // Safari reports the end of a composition before its key.
    enter(composer, inputMethodKey);
    await chat.updateComplete;
    expect(composer.value).to.equal(' a\nb');
    expectNothing(chat.shadowRoot?.querySelector('.bubble'));
  });

  it('waits with the handover until an input method has finished its text', async () => {
    const { chat, composer, session } = await loading();
    write(composer, 'に', { isComposing: true });
    await answer(session);
    await inState(chat, 'ready');
    expectSame(composerOf(chat), composer);
    expect(chatKitOf(chat).calls).to.deep.equal([]);
    write(composer, '日', { isComposing: true });
    composer.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
    await hasGone(chat);
    expect(callsOf(chat, 'setComposerValue')).to.deep.equal([{ text: '日' }]);
  });

  it('keeps text and messages through a failure and its retry', async () => {
    const { chat, composer, session } = await loading();
    await type('Hello');
    await press('Enter');
    await type('Draft');
    session.resolve(problem(429, {}, { 'retry-after': '60' }));
    await inState(chat, 'error');
    expectSame(composerOf(chat), composer);
    expectSame(chat.shadowRoot?.activeElement, composer);
    expect(composer.value).to.equal('Draft');
    expect(textOf(chat)).to.contain('Hello');
    await chat.retry();
    await hasGone(chat);
    expect(callsOf(chat, 'sendUserMessage')).to.deep.equal([{ text: 'Hello' }]);
    expect(callsOf(chat, 'setComposerValue')).to.deep.equal([{ text: 'Draft' }]);
  });

  it('keeps a message that is sent after ChatKit went away, and sends it to the new one only', async () => {
    const { chat, session } = await loading();
    await answer(session);
    await inState(chat, 'ready');
    await hasGone(chat);
    const before = chatKitOf(chat);
    page.endpoint.next.push(problem(429, {}, { 'retry-after': '60' }));
    before.frame.remove();
    await inState(chat, 'error');
    const composer = composerOf(chat);
    await chat.retry().catch(() => undefined);
    write(composer, 'Hello');
    enter(composer);
    await chat.updateComplete;
    await chat.retry();
    await until(
      () => chat.state === 'ready' && !findByRole(chat, 'textbox'),
      () => chat.state,
    );
    expect(before.calls.map(([name]) => name)).not.to.include('sendUserMessage');
    expect(callsOf(chat, 'sendUserMessage')).to.deep.equal([{ text: 'Hello' }]);
  });

  it('starts a chat that has failed again with a message, unless it has to wait', async () => {
    const { chat, composer, session } = await loading();
    session.resolve(problem(429, {}, { 'retry-after': '60' }));
    await inState(chat, 'error');
    write(composer, 'Hello');
    enter(composer);
    expect(chat.state).to.equal('error');
    page.endpoint.next.push(problem(429));
    await chat.retry().catch(() => undefined);
    write(composer, 'again');
    enter(composer);
    await inState(chat, 'ready');
    await until(
      () => callsOf(chat, 'sendUserMessage').length === 2,
      () => 'not sent',
    );
    expect(callsOf(chat, 'sendUserMessage')).to.deep.equal([{ text: 'Hello' }, { text: 'again' }]);
  });

  it('takes no messages after a failure that lasts, but keeps what is there', async () => {
    const { chat, composer, session } = await loading();
    write(composer, 'Hello');
    session.resolve(problem(403));
    await inState(chat, 'error');
    expectSame(composerOf(chat), composer);
    enter(composer);
    await chat.updateComplete;
    expect(composer.value).to.equal('Hello');
    write(composer, '');
    await chat.updateComplete;
    expectNothing(findByRole(chat, 'textbox'));
    expectSame(chat.shadowRoot?.activeElement, getByRole(chat, 'dialog'));
  });

  it('gives a message that ChatKit refuses back to the visitor', async () => {
    const { chat, composer, session } = await loading();
    write(composer, 'Hello');
    enter(composer);
    await answer(session);
    await until(
      () => chat.chatkit,
      () => 'no ChatKit',
    );
    Object.assign(chatKitOf(chat), { sendUserMessage: () => Promise.reject(new Error('busy')) });
    await until(
      () => callsOf(chat, 'setComposerValue').length === 1,
      () => 'not given back',
    );
    expect(callsOf(chat, 'setComposerValue')).to.deep.equal([{ text: 'Hello' }]);
    expect(page.lines[0]).to.contain('chatkit_error');
  });

  it('shows messages of the page as waiting, and drops them when their call fails', async () => {
    const { chat, session } = await loading();
    const sent = chat.sendMessage('From the page').catch((error: unknown) => error);
    await chat.updateComplete;
    expect(textOf(chat)).to.contain('From the page');
    session.resolve(problem(403));
    expect(await sent).to.include({ code: 'session_forbidden' });
    await chat.updateComplete;
    expect(textOf(chat)).not.to.contain('From the page');
  });

  it('shows the text that the page fills in, and gives ChatKit what the visitor made of it', async () => {
    const { chat, composer, session } = await loading();
    const filled = chat.setComposer('Hi, ');
    await chat.updateComplete;
    expect(composer.value).to.equal('Hi, ');
    await type('all');
    await answer(session);
    await filled;
    await hasGone(chat);
    expect(callsOf(chat, 'setComposerValue').at(-1)).to.deep.equal({ text: 'Hi, all' });
  });

  it('W2: forgets draft and messages at a log-out and with another user', async () => {
    for (const leave of [
      (chat: TaskPilotChat) => chat.resetSession(),
      async (chat: TaskPilotChat) => {
        chat.user = 'ben';
        await until(
          () => !chat.open,
          () => 'still Ann',
        );
      },
    ]) {
      const { chat, composer } = await loading({ user: 'ann' });
      write(composer, 'Secret');
      enter(composer);
      write(composer, 'Draft');
      await leave(chat);
      await chat.updateComplete;
      expect(composer.value).to.equal('');
      page.endpoint.next.length = 0;
      chat.show();
      await inState(chat, 'ready');
      await hasGone(chat);
      expect(chatKitOf(chat).calls.map(([name]) => name)).not.to.include('sendUserMessage');
      expect(callsOf(chat, 'setComposerValue')).to.deep.equal([]);
      chat.remove();
      chatKit.elements = [];
    }
  });

  it('hides letters from the page’s shortcuts, and lets Escape close the panel', async () => {
    const { chat } = await loading();
    const heard: string[] = [];
    const note = (event: KeyboardEvent): void => void heard.push(event.key);
    document.addEventListener('keydown', note);
    await type('g');
    await press('Escape');
    document.removeEventListener('keydown', note);
    expect(heard).to.deep.equal([]);
    expect(chat.open).to.equal(false);
  });

  it('announces answers', async () => {
    const { chat, session } = await loading();
    await answer(session);
    await inState(chat, 'ready');
    chatKitOf(chat).emit('chatkit.response.start');
    await chat.updateComplete;
    expect(getByRole(chat, 'status').textContent).to.equal('');
    chatKitOf(chat).emit('chatkit.response.end');
    await chat.updateComplete;
    expect(getByRole(chat, 'status').textContent).to.equal('New reply.');
    chat.hide();
    await chat.updateComplete;
    chatKitOf(chat).emit('chatkit.response.end');
    await until(
      () => findByRole(chat, 'status')?.textContent.trim() === 'New messages: 1',
      () => 'not announced',
    );
  });
});
