import { expectNothing, expectOther, expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { chatKit } from './test/chatkit.js';
import { defer, problem } from './test/fetch.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { bubbleOf, findByRole, getByRole, textOf } from './test/query.js';
import { until } from './test/until.js';

describe('The states of the chat', () => {
  const page = usePage();

  it('begin with idle: nothing is loaded, and nobody is asked', async () => {
    const chat = await page.place();
    expect(chat.state).to.equal('idle');
    expectNothing(chat.chatkit);
    expect(page.endpoint.requests).to.have.length(0);
    expectNothing(findByRole(chat, 'dialog'));
  });

  it('FR-003: lead to a secret before ChatKit starts', async () => {
    const chat = await page.place();
    const answer = defer<Response>();
    page.endpoint.next.push(answer.promise);
    bubbleOf(chat).click();
    await until(
      () => page.endpoint.requests.length === 1,
      () => 'no request',
    );
    await until(
      () => customElements.get('openai-chatkit'),
      () => 'no script',
    );
    expect(chat.state).to.equal('loading');
    expectNothing(chat.chatkit);
    answer.resolve(await page.endpoint.fetch('/sessions'));
    await inState(chat, 'ready');
    expect(chatKitOf(chat).told).to.have.length(1);
  });

  it('show a skeleton while loading, and after a while that it goes on', async () => {
    const chat = await page.place();
    page.endpoint.next.push(defer<Response>().promise);
    bubbleOf(chat).click();
    await inState(chat, 'loading');
    expect(getByRole(chat, 'status').textContent).to.equal('Connecting…');
    expect(textOf(chat)).not.to.contain('Still connecting…');
    for (const animation of chat.shadowRoot?.getAnimations() ?? []) {
      if ((animation as CSSAnimation).animationName === 'appear') animation.finish();
    }
    expect(textOf(chat)).to.contain('Still connecting…');
  });

  it('are ready when ChatKit can be used, which takes the place of the skeleton', async () => {
    const chat = await page.place();
    bubbleOf(chat).click();
    await inState(chat, 'ready');
    expect(getByRole(chat, 'status').textContent).to.equal('The chat is ready.');
    const { x, y } = chatKitOf(chat).frame.getBoundingClientRect();
    expectSame(document.elementFromPoint(x + 50, y + 50), chat);
    expectSame(chat.shadowRoot?.elementFromPoint(x + 50, y + 50), chat.chatkit);
  });

  it('Edge: endpoint away: one sentence, one button, and the button works', async () => {
    page.shortenTimers(100, 5000);
    const chat = await page.place();
    const away = new TypeError('Failed to fetch');
    page.endpoint.next.push(away, away, away);
    bubbleOf(chat).click();
    await inState(chat, 'error');
    expect(chat.error).to.include({ code: 'session_unavailable', cause: away });
    expect(getByRole(chat, 'alert').textContent).to.contain('The chat could not be opened.');
    expect(page.lines).to.have.length(1);
    expect(page.lines[0]).to.match(/^\[taskpilot-chat\] session_unavailable: .*session-endpoint/);
    getByRole(chat, 'button', 'Try again').click();
    await inState(chat, 'ready');
    expectNothing(findByRole(chat, 'alert'));
    expect(page.lines).to.have.length(1);
  });

  it('Edge: key invalid or expired: a friendly sentence, and no button that cannot help', async () => {
    const chat = await page.place();
    page.endpoint.next.push(problem(502, { code: 'upstream_rejected', retryable: false }));
    bubbleOf(chat).click();
    await inState(chat, 'error');
    expect(textOf(chat)).to.equal('Chat | The chat could not be opened.');
    expectNothing(findByRole(chat, 'button', 'Try again'));
    expect(page.lines[0]).to.contain('502 upstream_rejected').and.to.contain('req_7');
  });

  it('try again when the visitor opens the chat once more, but not at hover', async () => {
    const chat = await page.place();
    page.endpoint.next.push(problem(403));
    bubbleOf(chat).click();
    await inState(chat, 'error');
    bubbleOf(chat).click();
    bubbleOf(chat).dispatchEvent(new PointerEvent('pointerenter'));
    await chat.updateComplete;
    expect(chat.state).to.equal('error');
    bubbleOf(chat).click();
    await inState(chat, 'ready');
  });

  it('come back by themselves when the browser is online again', async () => {
    const chat = await page.place();
    page.endpoint.next.push(new TypeError('Failed to fetch'));
    Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
    bubbleOf(chat).click();
    await inState(chat, 'error');
    Reflect.deleteProperty(navigator, 'onLine');
    expect(textOf(chat)).to.contain('You are offline.');
    window.dispatchEvent(new Event('online'));
    await inState(chat, 'ready');
  });

  for (const frame of ['dead', 'missing'] as const) {
    it(`tell of a ${frame} frame, with the usual cause and this origin`, async () => {
      chatKit.frame = frame;
      page.shortenTimers(10_000);
      const chat = await page.place();
      bubbleOf(chat).click();
      await inState(chat, 'error');
      expect(chat.error?.code).to.equal('chatkit_timeout');
      expect(page.lines[0]).to.contain('domain allowlist').and.to.contain(location.origin);
      getByRole(chat, 'button', 'Try again');
    });
  }

  it('W21: become an error with a retry when ChatKit takes its frame away after ready', async () => {
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    chatKitOf(chat).frame.remove();
    await inState(chat, 'error');
    expect(chat.error).to.include({ code: 'chatkit_error', retryable: true });
    expectNothing(chat.chatkit);
    expect(textOf(chat)).to.contain('The chat could not be opened.');
    expect(page.lines).to.have.length(1);
    expect(page.lines[0]).to.contain('domain allowlist');
    getByRole(chat, 'button', 'Try again').click();
    await inState(chat, 'ready');
  });

  it('become ready when the frame comes late after all, and methods work then', async () => {
    chatKit.frame = 'missing';
    page.shortenTimers(10_000);
    const chat = await page.place();
    bubbleOf(chat).click();
    await inState(chat, 'error');
    const late = chatKitOf(chat);
    late.emit('chatkit.ready');
    await late.ask();
    await inState(chat, 'ready');
    await chat.setComposer('Hello');
    expect(late.calls.at(-1)).to.deep.equal(['setComposerValue', { text: 'Hello' }]);
  });

  it('tell of a session that cannot be renewed in mid-chat, once', async () => {
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    const events: string[] = [];
    chat.addEventListener('taskpilot-error', ({ detail }) => events.push(detail.error.code));
    page.endpoint.next.push(problem(403), problem(403));
    await chatKitOf(chat)
      .ask('ek_1')
      .catch(() => undefined);
    await inState(chat, 'error');
    await chatKitOf(chat)
      .ask('ek_1')
      .catch(() => undefined);
    expect(events).to.deep.equal(['session_forbidden']);
    expect(textOf(chat)).to.contain('The chat is not available on this page.');
  });

  it('Edge: secret expires in mid-chat: the visitor notices nothing', async () => {
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    const element = chat.chatkit;
    expect(await chatKitOf(chat).ask('ek_1')).to.equal('ek_2');
    expect(chat.state).to.equal('ready');
    expectSame(chat.chatkit, element);
    expect(page.lines).to.deep.equal([]);
  });

  it('Edge: many rapid requests: many clicks and calls make one session', async () => {
    const chat = await page.place();
    for (let clicks = 0; clicks < 21; clicks++) bubbleOf(chat).click();
    await Promise.all([chat.setComposer('a'), chat.setComposer('b'), chat.focusComposer()]);
    expect(page.endpoint.requests).to.have.length(1);
    expect(chatKit.elements).to.have.length(1);
  });

  it('start anew with another endpoint, and only then', async () => {
    const chat = await page.place({ open: '', preload: 'eager' });
    await inState(chat, 'ready');
    expect(page.endpoint.requests.map(({ url }) => url)).to.deep.equal(['/sessions']);
    const before = chat.chatkit;
    chat.setAttribute('session-endpoint', '/other');
    await new Promise((resolve) => chat.addEventListener('taskpilot-ready', resolve));
    expect(page.endpoint.requests.map(({ url }) => url)).to.deep.equal(['/sessions', '/other']);
    expectOther(chat.chatkit, before);
    chat.getAuthToken = () => 'jwt';
    await chat.updateComplete;
    expect(chat.state).to.equal('ready');
  });

  it('W11: rate limited, says when, and the button waits for it', async () => {
    const { now } = Date;
    const chat = await page.place();
    page.endpoint.next.push(problem(429, { code: 'rate_limited' }, { 'retry-after': '57' }));
    bubbleOf(chat).click();
    await inState(chat, 'error');
    expect(chat.error?.retryAfterSeconds).to.equal(57);
    expect(textOf(chat)).to.contain('Please try again in 57 seconds.');
    const button = getByRole(chat, 'button', 'Try again');
    expect(button.getAttribute('aria-disabled')).to.equal('true');
    expect(button.querySelector('[aria-hidden=true]')?.textContent).to.equal('\u00a0(57)');
    const requests = page.endpoint.requests.length;
    button.click();
    expect(page.endpoint.requests).to.have.length(requests);
    Date.now = () => now() + 58_000;
    chat.requestUpdate();
    await chat.updateComplete;
    Date.now = now;
    expect(button.hasAttribute('aria-disabled')).to.equal(false);
    expect(button.textContent.trim()).to.equal('Try again');
  });

  it('W17: offer the page’s own way out after a failure', async () => {
    const chat = await page.place({ contact: 'mailto:help@example.com' });
    page.endpoint.next.push(problem(403));
    bubbleOf(chat).click();
    await inState(chat, 'error');
    const link = chat.shadowRoot?.querySelector('[part=contact]');
    expect(link?.getAttribute('href')).to.equal('mailto:help@example.com');
    expect(link?.textContent).to.equal('Contact us');
    chat.contact = 'javascript:alert(1)';
    await chat.updateComplete;
    expectNothing(chat.shadowRoot?.querySelector('[part=contact]'));
  });

  it('W9: add no landmark to the page but the dialog', async () => {
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    expectNothing(
      chat.shadowRoot?.querySelector('header, footer, nav, main, aside, [role=region]'),
    );
    getByRole(chat, 'dialog', 'Chat');
  });

  it('show a text beside the icon of the closed bubble', async () => {
    const chat = await page.place({ 'launcher-label': 'Chat with us' });
    expect(bubbleOf(chat).textContent).to.contain('Chat with us');
    expect(bubbleOf(chat).getAttribute('aria-label')).to.equal('Chat with us');
    bubbleOf(chat).click();
    await chat.updateComplete;
    expect(bubbleOf(chat).textContent).not.to.contain('Chat with us');
  });
});
