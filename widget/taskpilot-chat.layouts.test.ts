import { sendKeys, setViewport } from '@web/test-runner-commands';
import type { TaskPilotChat } from './taskpilot-chat.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { defer, problem } from './test/fetch.js';
import { bubbleOf, findByRole, getByRole } from './test/query.js';
import { expectNothing, expectOther, expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { until } from './test/until.js';

const handled = (call: Promise<unknown>): void => void call.catch(() => undefined);

const sizeOf = (chat: TaskPilotChat): [width: number, height: number] => {
  const { width, height } = getByRole(chat, 'dialog').getBoundingClientRect();
  return [width, height];
};

describe('A page that is the chat', () => {
  const page = usePage();
  const place = async (): Promise<TaskPilotChat> => {
    const chat = await page.place({ layout: 'fullscreen', open: '', hotkey: 'ctrl+/' });
    await inState(chat, 'ready');
    return chat;
  };

  it('W13: has no close button and no bubble, and covers the viewport without waiting for anything behind it', async () => {
    const { length } = history;
    const chat = await place();
    expectNothing(findByRole(chat, 'button', 'Close'));
    expectNothing(chat.shadowRoot?.querySelector('[part=launcher]'));
    getByRole(chat, 'button', 'New chat');
    const { left, top, width, height } = getByRole(chat, 'dialog').getBoundingClientRect();
    expect([left, top, width, height]).to.deep.equal([0, 0, innerWidth, innerHeight]);
    expect(getByRole(chat, 'dialog').hasAttribute('aria-modal')).to.equal(false);
    expectNothing(chat.shadowRoot?.querySelector('[tabindex="0"]'));
    expect(getComputedStyle(document.documentElement).overflowY).to.equal('visible');
    expect(history.length).to.equal(length);
  });

  it('W13: is closed by nothing', async () => {
    const chat = await place();
    getByRole(chat, 'button', 'New chat').focus();
    await sendKeys({ press: 'Escape' });
    chat.hide();
    chat.toggle();
    chat.open = false;
    chat.removeAttribute('open');
    await sendKeys({ down: 'Control' });
    await sendKeys({ press: '/' });
    await sendKeys({ up: 'Control' });
    await chat.updateComplete;
    expect([chat.open, chat.hasAttribute('open'), chat.state]).to.deep.equal([true, true, 'ready']);
    getByRole(chat, 'dialog');
  });

  it('W13: starts anew after a log-out', async () => {
    const chat = await place();
    const before = chat.chatkit;
    await chat.resetSession();
    await inState(chat, 'ready');
    expectOther(chat.chatkit, before);
    expect(chat.open).to.equal(true);
  });

  it('W13: is another thing than a bubble with a panel over the whole viewport', async () => {
    const chat = await page.place({ layout: 'fullscreen' });
    bubbleOf(chat).click();
    await chat.updateComplete;
    expect(getByRole(chat, 'dialog').getAttribute('aria-modal')).to.equal('true');
    getByRole(chat, 'button', 'Close').click();
    await chat.updateComplete;
    expect(chat.open).to.equal(false);
    await until(
      () => history.state === null,
      () => 'an entry is left',
    );
  });
});

describe('The expandable panel', () => {
  const page = usePage();

  afterEach(() => setViewport({ width: 800, height: 600 }));

  it('becomes large and small again by its button, which keeps the focus', async () => {
    await setViewport({ width: 1200, height: 900 });
    const chat = await page.place({ expandable: '', open: '' });
    await inState(chat, 'ready');
    const { chatkit } = chat;
    const small = sizeOf(chat);
    const button = getByRole(chat, 'button', 'Make larger');
    button.focus();
    button.click();
    await chat.updateComplete;
    const [width, height] = sizeOf(chat);
    expect(width).to.be.greaterThan(small[0]);
    expect(height).to.be.greaterThan(small[1]);
    const { left, top } = getByRole(chat, 'dialog').getBoundingClientRect();
    expect(Math.min(left, top)).to.be.at.least(16);
    expectSame(chat.shadowRoot?.activeElement, getByRole(chat, 'button', 'Make smaller'));
    getByRole(chat, 'button', 'Make smaller').click();
    await chat.updateComplete;
    expect(sizeOf(chat)).to.deep.equal(small);
    expectSame(chat.chatkit, chatkit);
  });

  it('is remembered', async () => {
    const chat = await page.place({ expandable: '', open: '' });
    await inState(chat, 'ready');
    getByRole(chat, 'button', 'Make larger').click();
    await chat.updateComplete;
    const large = sizeOf(chat);
    chat.remove();
    const next = await page.place({ expandable: '' });
    await inState(next, 'ready');
    expect(sizeOf(next)).to.deep.equal(large);
    await next.resetSession();
    next.show();
    await inState(next, 'ready');
    getByRole(next, 'button', 'Make larger');
  });

  it('has one size on a phone, inline, over the whole viewport, and where the page does not want two', async () => {
    const chat = await page.place({ open: '' });
    expectNothing(findByRole(chat, 'button', 'Make larger'));
    chat.expandable = true;
    await chat.updateComplete;
    getByRole(chat, 'button', 'Make larger').click();
    await chat.updateComplete;
    for (const layout of ['fullscreen', 'inline'] as const) {
      chat.layout = layout;
      await chat.updateComplete;
      expectNothing(findByRole(chat, 'button', 'Make smaller'));
    }
    chat.layout = 'floating';
    await chat.updateComplete;
    getByRole(chat, 'button', 'Make smaller');
    await setViewport({ width: 390, height: 700 });
    await until(
      () => !findByRole(chat, 'button', 'Make smaller'),
      () => 'still expandable',
    );
    expect(sizeOf(chat)).to.deep.equal([innerWidth, innerHeight]);
    chat.hide();
    await until(
      () => history.state === null,
      () => 'an entry is left',
    );
  });
});

describe('Beside dialogs and full-screen elements of the page', () => {
  const page = usePage();
  const dialogWith = (style = ''): HTMLDialogElement =>
    page.add(`<dialog style="${style}"><button>OK</button></dialog>`) as HTMLDialogElement;
  /** Whether a click in the middle of the element would reach the widget. */
  const isHit = (chat: TaskPilotChat, element: Element): boolean => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return document.elementFromPoint(x + width / 2, y + height / 2) === chat;
  };

  it('is inert below an open dialog, and as before when that has closed', async () => {
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    const { chatkit } = chat;
    const dialog = dialogWith();
    dialog.showModal();
    expect(isHit(chat, bubbleOf(chat))).to.equal(false);
    bubbleOf(chat).focus();
    expect(chat.matches(':focus-within')).to.equal(false);
    await sendKeys({ press: 'Escape' });
    expect([dialog.open, chat.open, chat.state]).to.deep.equal([false, true, 'ready']);
    expect(isHit(chat, bubbleOf(chat))).to.equal(true);
    expectSame(chat.chatkit, chatkit);
    bubbleOf(chat).click();
    expect(chat.open).to.equal(false);
  });

  for (const style of ['', 'transform: translateX(10px)']) {
    it(`works inside a dialog, which Escape in the chat leaves open ${style}`, async () => {
      const dialog = dialogWith(style);
      dialog.showModal();
      const chat = await page.place({}, dialog);
      expect(isHit(chat, bubbleOf(chat))).to.equal(true);
      bubbleOf(chat).focus();
      await sendKeys({ press: 'Enter' });
      await inState(chat, 'ready');
      const panel = getByRole(chat, 'dialog');
      expect(isHit(chat, panel)).to.equal(true);
      expect(Math.round(innerWidth - panel.getBoundingClientRect().right)).to.equal(20);
      await sendKeys({ press: 'Escape' });
      await until(
        () => !chat.open,
        () => 'still open',
      );
      expect(dialog.open).to.equal(true);
      await sendKeys({ press: 'Escape' });
      expect(dialog.open).to.equal(false);
    });
  }

  it('is back when a full-screen element has closed', async () => {
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    const { chatkit } = chat;
    const video = page.add('<div style="background: black"></div>');
    const button = page.add('<button>Full screen</button>');
    let entered: Promise<void> | undefined;
    button.addEventListener('click', () => {
      entered = video.requestFullscreen();
    });
    button.focus();
    await sendKeys({ press: 'Enter' });
    await entered;
    expect(isHit(chat, bubbleOf(chat))).to.equal(false);
    await document.exitFullscreen();
    await until(
      () => isHit(chat, bubbleOf(chat)),
      () => 'still covered',
    );
    expect([chat.open, chat.state]).to.deep.equal([true, 'ready']);
    expectSame(chat.chatkit, chatkit);
  });
});

describe('Beside tools that rewrite text', () => {
  const page = usePage();

  /** What the translation of Chrome and others does to each text. */
  function translate(node: Node): void {
    for (const child of [...node.childNodes]) {
      if (child instanceof Text && child.data.trim()) {
        const range = document.createRange();
        const fonts = range.createContextualFragment('<font><font>übersetzt</font></font>');
        child.replaceWith(fonts);
      } else if (child instanceof Element && child.localName !== 'style') {
        translate(child);
      }
    }
  }

  const rootOf = (chat: TaskPilotChat): ShadowRoot => {
    if (!chat.shadowRoot) throw new Error('no shadow root');
    return chat.shadowRoot;
  };

  const states: Record<string, (chat: TaskPilotChat) => Promise<unknown>> = {
    'closed, with a teaser and unread answers': async (chat) => {
      chat.show();
      await inState(chat, 'ready');
      chat.hide();
      await chat.updateComplete;
      chatKitOf(chat).emit('chatkit.response.end');
    },
    'loading, with a message that waits': async (chat) => {
      page.endpoint.next.push(defer<Response>().promise);
      handled(chat.sendMessage('12'));
      await inState(chat, 'loading');
    },
    'failed, with a time to wait': async (chat) => {
      page.endpoint.next.push(problem(429, {}, { 'retry-after': '57' }));
      chat.show();
      await inState(chat, 'error');
    },
    'ready, with a notice': async (chat) => {
      chat.show();
      await inState(chat, 'ready');
      page.shortenTimers(100, 1999);
      page.endpoint.next.push(
        ...Array.from({ length: 3 }, () => problem(503, { retryable: true })),
      );
      handled(chatKitOf(chat).ask('ek_1'));
      await until(
        () => rootOf(chat).querySelector('.notice'),
        () => 'no notice',
      );
    },
  };

  for (const [name, reach] of Object.entries(states)) {
    it(`has each text anew when the language changes: ${name}`, async () => {
      const chat = await page.place({
        locale: 'en',
        label: 'Help',
        contact: 'mailto:help@example.com',
        teaser: 'Ask us',
        'teaser-delay': '0',
      });
      chat.options = {
        startScreen: { greeting: 'Hi', prompts: [{ label: 'One', prompt: 'One' }] },
        disclaimer: { text: 'May err' },
      };
      await reach(chat);
      await chat.updateComplete;
      translate(rootOf(chat));
      Object.assign(chat, {
        label: 'Другое',
        teaser: 'Другое',
        options: {
          startScreen: { greeting: 'Другое', prompts: [{ label: 'Другое', prompt: 'One' }] },
          disclaimer: { text: 'Другое' },
        },
        locale: 'ru',
      });
      // What the visitor has written, and a number, stay as they were translated.
      const old = (): string[] =>
        [...rootOf(chat).querySelectorAll(':not(.bubble, .badge, font) > font')].map(
          (font) => font.parentElement?.outerHTML ?? '',
        );
      await until(
        () => !old().length,
        () => old().join('\n'),
      );
    });
  }

  it('goes on in every state, and shows the texts that come later', async () => {
    const chat = await page.place({ label: 'Help', 'launcher-label': 'Chat with us' });
    const root = chat.shadowRoot;
    if (!root) throw new Error('no shadow root');
    translate(root);
    chat.launcherLabel = 'Ask us';
    await chat.updateComplete;
    expect(bubbleOf(chat).textContent.trim()).to.equal('Ask us');
    bubbleOf(chat).click();
    await inState(chat, 'loading');
    translate(root);
    await inState(chat, 'ready');
    translate(root);
    chat.label = 'Support';
    chatKitOf(chat).emit('chatkit.thread.change', { threadId: 'thr_1' });
    await chat.updateComplete;
    getByRole(chat, 'heading', 'Support');
    expect(getByRole(chat, 'status').textContent.trim()).to.equal('übersetzt');
    chat.hide();
    await chat.updateComplete;
    chatKitOf(chat).emit('chatkit.response.end');
    await chat.updateComplete;
    translate(root);
    chatKitOf(chat).emit('chatkit.response.end');
    await chat.updateComplete;
    expect(root.querySelector('[part=badge]')?.textContent).to.equal('2');
    chat.show();
    await chat.updateComplete;
    chat.locale = 'ar';
    await chat.updateComplete;
    // The language is fetched.
    await until(
      () => getByRole(chat, 'status').textContent === 'المحادثة جاهزة.',
      () => getByRole(chat, 'status').textContent,
    );
    expect(page.lines).to.deep.equal([]);
  });
});
