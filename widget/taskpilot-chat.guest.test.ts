import { chatKitTag } from './chatkit/index.js';
import type { TaskPilotChat } from './taskpilot-chat.js';
import { chatKit, stubSrc } from './test/chatkit.js';
import { countLeftovers } from './test/leftovers.js';
import { defer, problem } from './test/fetch.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { bubbleOf, getByRole } from './test/query.js';
import { expectNothing, expectOther, expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { until } from './test/until.js';

describe('As a guest the widget', () => {
  const page = usePage();
  const open = async (attributes: Record<string, string> = {}): Promise<TaskPilotChat> => {
    const chat = await page.place({ open: '', ...attributes });
    await inState(chat, 'ready');
    return chat;
  };
  const places = (chat: TaskPilotChat): [x: number, y: number][] => {
    const panel = chat.shadowRoot?.querySelector('[part=panel]');
    const { left, top, width, height } = panel?.getBoundingClientRect() ?? new DOMRect();
    return [0.1, 0.5, 0.9].flatMap((share) => [
      [left + width * share, top + height * share],
      [left + width * share, top + height * (1 - share)],
    ]);
  };

  it('takes no taps while it is closed but those on the bubble', async () => {
    const chat = await open();
    const hits = () => places(chat).map(([x, y]) => document.elementFromPoint(x, y) === chat);
    expect(hits()).not.to.include(false);
    chat.hide();
    await chat.updateComplete;
    expect(hits()).not.to.include(true);
    const { x, y, width, height } = bubbleOf(chat).getBoundingClientRect();
    expectSame(document.elementFromPoint(x + width / 2, y + height / 2), chat);
    expectOther(document.elementFromPoint(x - 5, y + height / 2), chat);
  });

  for (const [title, live] of [
    ['ready', () => open({ hotkey: 'mod+/' })],
    ['closed', () => page.place({ preload: 'idle' })],
    ['inline', () => page.place({ layout: 'inline' })],
    [
      'loading',
      async () => {
        page.endpoint.next.push(defer<Response>().promise);
        const chat = await page.place({ open: '', 'chatkit-src': stubSrc });
        await inState(chat, 'loading');
        return chat;
      },
    ],
    [
      'waiting for another try',
      async () => {
        page.endpoint.next.push(problem(503, { retryable: true }));
        const chat = await page.place({ open: '' });
        await until(
          () => page.endpoint.requests.length === 1,
          () => 'no request',
        );
        return chat;
      },
    ],
    [
      'dead',
      async () => {
        chatKit.frame = 'dead';
        const chat = await page.place({ open: '' });
        await until(
          () => chat.chatkit,
          () => 'no ChatKit',
        );
        return chat;
      },
    ],
  ] as const) {
    it(`leaves nothing behind when it is removed while ${title}`, async () => {
      const before = [...document.querySelectorAll('head > *, body > *')];
      const leftovers = countLeftovers();
      const chat = await live();
      expect(leftovers.list().length).to.be.greaterThan(3);
      chat.remove();
      await until(
        () => leftovers.list().length === 0,
        () => leftovers.list().join(', '),
      );
      leftovers.stop();
      const now = [...document.querySelectorAll('head > *, body > *')];
      expect(
        now.filter((node) => !before.includes(node)).map(({ outerHTML }) => outerHTML),
      ).to.deep.equal([]);
      expect(document.adoptedStyleSheets).to.have.length(0);
      expectNothing(chat.shadowRoot?.querySelector(chatKitTag));
      expect(page.lines).to.deep.equal([]);
    });
  }

  it('works again when it comes back, with a new ChatKit element and the same session', async () => {
    const chat = await open();
    const before = chat.chatkit;
    chatKitOf(chat).emit('chatkit.thread.change', { threadId: 'thr_1' });
    chat.remove();
    expect(chat.state).to.equal('idle');
    expectNothing(chat.chatkit);
    document.body.append(chat);
    await inState(chat, 'ready');
    expectOther(chat.chatkit, before);
    expect(chatKitOf(chat).options.initialThread).to.equal('thr_1');
    expect(page.endpoint.requests).to.have.length(1);
  });

  it('survives a move to another place of the page, even in the middle of loading', async () => {
    page.endpoint.next.push(defer<Response>().promise);
    const chat = await page.place({ open: '', persist: 'none', thread: 'thr_0' });
    const other = page.add('<main></main>');
    await until(
      () => page.endpoint.requests.length === 1,
      () => 'no request',
    );
    other.append(chat);
    await inState(chat, 'ready');
    chatKitOf(chat).emit('chatkit.thread.change', { threadId: 'thr_1' });
    document.body.append(chat);
    other.append(chat);
    await inState(chat, 'ready');
    expect(chatKitOf(chat).options.initialThread).to.equal('thr_1');
    expect(chatKitOf(chat).isConnected).to.equal(true);
    // The request that the move has interrupted, and another one.
    expect(page.endpoint.requests).to.have.length(2);
    expect(page.lines).to.deep.equal([]);
  });

  it('keeps open state and thread over a page change, and never a secret with them', async () => {
    const chat = await open();
    chatKitOf(chat).emit('chatkit.thread.change', { threadId: 'thr_1' });
    expect(sessionStorage.getItem('taskpilot-chat:page:')).not.to.contain('ek_');
    chat.remove();
    const next = await page.place();
    await inState(next, 'ready');
    expect(next.open).to.equal(true);
    expect(chatKitOf(next).options.initialThread).to.equal('thr_1');
    next.hide();
    await next.updateComplete;
    next.remove();
    expect((await page.place()).open).to.equal(false);
  });

  it('keeps them where the page wants, or nowhere', async () => {
    const chat = await open({ persist: 'local' });
    expect(localStorage.getItem('taskpilot-chat:page:')).to.contain('"open":true');
    localStorage.removeItem('taskpilot-chat:page:');
    chat.remove();
    sessionStorage.clear();
    await open({ persist: 'none', 'session-storage': 'memory' });
    expect(localStorage.getItem('taskpilot-chat:page:')).to.equal(null);
    expect(sessionStorage).to.have.length(0);
  });

  for (const stored of ['{"open":', '"open"', '{"open":"yes","thread":7}', 'null']) {
    it(`starts afresh with a broken memory: ${stored}`, async () => {
      sessionStorage.setItem('taskpilot-chat:page:', stored);
      const chat = await page.place();
      expect(chat.open).to.equal(false);
      await chat.setComposer('Draft');
      expect(chatKitOf(chat).options.initialThread ?? null).to.equal(null);
    });
  }

  it('works where every storage throws', async () => {
    const names = ['sessionStorage', 'localStorage'] as const;
    const own = names.map((name) => Object.getOwnPropertyDescriptor(window, name) ?? {});
    for (const name of names) {
      Object.defineProperty(window, name, {
        configurable: true,
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    }
    try {
      const chat = await open();
      await chat.resetSession();
      expect(page.lines).to.deep.equal([]);
    } finally {
      names.forEach((name, index) => Object.defineProperty(window, name, own[index] ?? {}));
    }
  });

  it('keeps its looks under a hostile style sheet', async () => {
    const style = page.add(`<style>
      * { all: unset !important; display: block !important; font-size: 40px !important; }
      button { width: 200px !important; background: red !important; }
      taskpilot-chat { color: red !important; opacity: 0.2 !important; filter: blur(9px) !important; }
      taskpilot-chat { pointer-events: none !important; visibility: hidden !important; }
      taskpilot-chat { text-transform: uppercase !important; letter-spacing: 9px !important; }
      body > * { position: static !important; transform: rotate(9deg) !important; overflow: hidden !important; }
    </style>`);
    const chat = await open({ label: 'Help' });
    const bubble = bubbleOf(chat);
    expect(bubble.getBoundingClientRect()).to.include({ width: 56, height: 56 });
    const { right, bottom } = bubble.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const rest = [clientWidth - right, clientHeight - bottom].map(Math.round);
    expect(rest).to.deep.equal([20, 20]);
    expect(getComputedStyle(bubble).pointerEvents).to.equal('auto');
    const title = getComputedStyle(getByRole(chat, 'heading', 'Help'));
    expect(title.fontSize).to.equal('16px');
    expect([title.letterSpacing, title.textTransform, title.color]).to.deep.equal([
      'normal',
      'none',
      'rgb(15, 17, 21)',
    ]);
    expect(getByRole(chat, 'dialog').getBoundingClientRect().width).to.equal(400);
    style.remove();
  });

  for (const style of [
    'transform: translateZ(0)',
    'filter: blur(0)',
    'contain: paint',
    'will-change: transform',
    'translate: 5px',
    'perspective: 100px',
  ]) {
    it(`W23: is at its corner of the viewport below an ancestor with ${style}`, async () => {
      const box = page.add('<div><div style="width: 300px; height: 3000px"></div></div>');
      box.style.cssText = `${style}; margin: 50px; width: 300px`;
      const chat = await page.place({ open: '' }, box.firstElementChild ?? box);
      await inState(chat, 'ready');
      const { clientWidth, clientHeight } = document.documentElement;
      const bubble = bubbleOf(chat).getBoundingClientRect();
      expect([clientWidth - bubble.right, clientHeight - bubble.bottom]).to.deep.equal([20, 20]);
      const panel = getByRole(chat, 'dialog').getBoundingClientRect();
      expect([clientWidth - panel.right, panel.top > 0]).to.deep.equal([20, true]);
      box.style.cssText = '';
      chat.hide();
      await chat.updateComplete;
      expect(bubbleOf(chat).matches(':popover-open')).to.equal(false);
    });
  }

  it('W23: has its own size on a zoomed page', async () => {
    document.documentElement.style.setProperty('zoom', '1.5');
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    const panel = getByRole(chat, 'dialog').getBoundingClientRect();
    expect(panel.top).to.be.greaterThan(0);
    document.documentElement.style.removeProperty('zoom');
  });

  it('W30: does nothing when the page changes a custom property of its own', async () => {
    const chat = await page.place();
    const root = document.documentElement;
    let updates = 0;
    const requestUpdate = chat.requestUpdate.bind(chat);
    chat.requestUpdate = (...args: Parameters<typeof requestUpdate>) => {
      updates++;
      requestUpdate(...args);
    };
    for (let frame = 0; frame < 3; frame++) {
      root.style.setProperty('--scroll', `${frame}`);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    expect(updates).to.equal(0);
    root.style.setProperty('--taskpilot-chat-accent', 'yellow');
    await until(
      () => getComputedStyle(bubbleOf(chat)).color === 'color(xyz-d65 0 0 0)',
      () => getComputedStyle(bubbleOf(chat)).color,
    );
    root.removeAttribute('style');
  });

  it('can be hidden by the page', async () => {
    const chat = await page.place();
    chat.hidden = true;
    expect(bubbleOf(chat).checkVisibility()).to.equal(false);
  });

  it('fills its container inline, where it is not over anything', async () => {
    const box = page.add('<div style="height: 500px; width: 420px"></div>');
    const chat = await page.place({ layout: 'inline' }, box);
    await inState(chat, 'ready');
    const { width, height } = chatKitOf(chat).frame.getBoundingClientRect();
    expect([width, height]).to.deep.equal([420, 500]);
  });
});
