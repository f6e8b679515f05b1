import { setViewport } from '@web/test-runner-commands';
import type { TaskPilotChat } from '../taskpilot-chat.js';
import { inState, usePage } from '../test/page.js';
import { bubbleOf, getByRole } from '../test/query.js';
import { expectSame } from '../test/same.js';
import { expect } from '../test/testing.js';
import { until } from '../test/until.js';

const phone = { width: 390, height: 700 };
const desktop = { width: 800, height: 600 };

describe('A panel that covers the page', () => {
  const page = usePage();
  let pops = 0;
  const count = (): void => {
    pops++;
  };
  /** The length of the history says nothing where it is full. */
  let pushes = 0;
  const countPush: History['pushState'] = (...args) => {
    pushes++;
    History.prototype.pushState.apply(history, args);
  };

  beforeEach(async () => {
    await setViewport(phone);
    page.add('<div style="height: 5000px"></div>');
    history.pushState({ router: 7 }, '');
    scrollTo(0, 300);
    pops = 0;
    pushes = 0;
    history.pushState = countPush;
    // Before the widget, which keeps its own steps from other listeners.
    window.addEventListener('popstate', count, true);
  });

  afterEach(async () => {
    for (const chat of document.querySelectorAll('taskpilot-chat')) chat.hide();
    await until(
      () => !isMarked(),
      () => 'an entry is left',
    );
    window.removeEventListener('popstate', count, true);
    Reflect.deleteProperty(history, 'pushState');
    history.replaceState(null, '');
    scrollTo(0, 0);
    await setViewport(desktop);
  });

  const isMarked = (): boolean => JSON.stringify(history.state).includes('taskpilotChat');
  const opened = async (attributes: Record<string, string> = {}): Promise<TaskPilotChat> => {
    const chat = await page.place(attributes);
    bubbleOf(chat).click();
    await chat.updateComplete;
    return chat;
  };
  const closed = (chat: TaskPilotChat): Promise<void> =>
    until(
      () => !chat.open,
      () => 'still open',
    );
  const popped = (): Promise<void> =>
    until(
      () => pops,
      () => 'no step in the history',
    );
  /** The step of the history after which the panel has no entry. */
  const withoutEntry = (): Promise<void> =>
    until(
      () => !isMarked(),
      () => JSON.stringify(history.state),
    );
  const canScroll = (): boolean =>
    getComputedStyle(document.documentElement).overflowY !== 'hidden';

  it('W31: keeps the page behind from scrolling, and gives it back as it was', async () => {
    const sheets = document.styleSheets.length;
    const chat = await opened();
    expect(canScroll()).to.equal(false);
    expect([
      document.documentElement.getAttribute('style'),
      document.body.getAttribute('style'),
    ]).to.deep.equal([null, null]);
    getByRole(chat, 'button', 'Close').click();
    await chat.updateComplete;
    expect([canScroll(), scrollY, document.adoptedStyleSheets.length]).to.deep.equal([
      true,
      300,
      0,
    ]);
    expect(document.styleSheets).to.have.length(sheets);
    await withoutEntry();
    expect(scrollY).to.equal(300);
  });

  it('W31: gives the place back where the body has an overflow of its own', async () => {
    const style = page.add('<style>html, body { height: 100%; } body { overflow: auto }</style>');
    scrollTo(0, 300);
    const chat = await opened();
    chat.hide();
    await chat.updateComplete;
    expect(scrollY).to.equal(300);
    style.remove();
  });

  it('W31: is closed by the browser’s Back, of which the page’s router hears nothing', async () => {
    const heard: unknown[] = [];
    const router = ({ state }: PopStateEvent): void => void heard.push(state);
    const chat = await opened();
    window.addEventListener('popstate', router);
    expect(pushes).to.equal(1);
    expect(history.state).to.deep.equal({ router: 7, taskpilotChat: true });
    history.back();
    await closed(chat);
    await chat.updateComplete;
    expect([history.state, canScroll(), heard]).to.deep.equal([{ router: 7 }, true, []]);
    expectSame(chat.shadowRoot?.activeElement, bubbleOf(chat));
    window.removeEventListener('popstate', router);
  });

  it('W31: takes its history entry away when it is closed otherwise, and has one each time', async () => {
    const chat = await opened();
    for (let time = 1; time <= 3; time++) {
      expect([isMarked(), pushes]).to.deep.equal([true, time]);
      chat.hide();
      await chat.updateComplete;
      await withoutEntry();
      expect(history.state).to.deep.equal({ router: 7 });
      chat.show();
      await chat.updateComplete;
    }
  });

  it('W31: stays open when it is opened again before the browser has gone back', async () => {
    const chat = await opened();
    chat.hide();
    await chat.updateComplete;
    chat.show();
    await chat.updateComplete;
    await popped();
    expect([chat.open, isMarked(), canScroll()]).to.deep.equal([true, true, false]);
    history.back();
    await closed(chat);
  });

  it('W31: goes back once when it is opened and closed again before the browser has gone back', async () => {
    history.pushState({ router: 8 }, '');
    const chat = await opened();
    for (const open of [false, true, false]) {
      chat.open = open;
      await chat.updateComplete;
    }
    await popped();
    // A second step would come after the first.
    history.pushState({ router: 9 }, '');
    history.back();
    await until(
      () => pops === 2,
      () => 'no step in the history',
    );
    expect([chat.open, history.state]).to.deep.equal([false, { router: 8 }]);
  });

  it('W31: is another one that opens before the browser has gone back for the first', async () => {
    const first = await opened();
    const second = await page.place();
    first.remove();
    second.show();
    await second.updateComplete;
    await popped();
    expect([second.open, isMarked(), canScroll()]).to.deep.equal([true, true, false]);
    history.back();
    await closed(second);
    await withoutEntry();
    expect(history.state).to.deep.equal({ router: 7 });
  });

  it('W31: shares its entry with another one, which Back closes too', async () => {
    const chats = [await opened(), await opened()] as const;
    expect([isMarked(), pushes]).to.deep.equal([true, 1]);
    chats[1].hide();
    await chats[1].updateComplete;
    expect([isMarked(), canScroll()]).to.deep.equal([true, false]);
    chats[1].show();
    await chats[1].updateComplete;
    history.back();
    await Promise.all(chats.map(closed));
    await Promise.all(chats.map((chat) => chat.updateComplete));
    expect([canScroll(), history.state, pushes]).to.deep.equal([true, { router: 7 }, 1]);
  });

  it('W31: has an entry again when the page keeps it open', async () => {
    const chat = await opened();
    const prevent = (event: Event): void => event.preventDefault();
    chat.addEventListener('taskpilot-close', prevent);
    history.back();
    await popped();
    expect([chat.open, isMarked()]).to.deep.equal([true, true]);
    chat.removeEventListener('taskpilot-close', prevent);
  });

  it('W31: leaves alone what the page has put into the history above it', async () => {
    const chat = await opened();
    history.pushState({ router: 8 }, '');
    chat.hide();
    await chat.updateComplete;
    expect(history.state).to.deep.equal({ router: 8 });
    // Chrome may have dropped what is below: of a full history, first the entries that the visitor did not touch.
    history.back();
    await popped();
    expect([chat.open, canScroll(), isMarked()]).to.deep.equal([false, true, true]);
    history.replaceState(null, '');
  });

  it('W31: opens where the page may not write to the history', async () => {
    Object.assign(history, {
      pushState: () => {
        throw new DOMException('sandboxed', 'SecurityError');
      },
    });
    const chat = await opened();
    expect([chat.open, canScroll()]).to.deep.equal([true, false]);
    chat.hide();
    await chat.updateComplete;
    expect(history.state).to.deep.equal({ router: 7 });
  });

  it('W31: gives everything back when it is removed, or the screen becomes larger', async () => {
    const chat = await opened();
    chat.remove();
    expect(canScroll()).to.equal(true);
    await withoutEntry();
    document.body.append(chat);
    await chat.updateComplete;
    expect([canScroll(), isMarked()]).to.deep.equal([false, true]);
    await setViewport(desktop);
    await until(canScroll, () => 'still locked');
    await withoutEntry();
    expect(chat.open).to.equal(true);
  });

  it('W31: is not open on the next page', async () => {
    const chat = await opened();
    await inState(chat, 'ready');
    chat.remove();
    await withoutEntry();
    expect((await page.place()).open).to.equal(false);
    await setViewport(desktop);
    expect((await page.place()).open).to.equal(true);
  });

  it('W31: needs none of it beside the page', async () => {
    await setViewport(desktop);
    const chat = await opened();
    expect([canScroll(), pushes, chat.open]).to.deep.equal([true, 0, true]);
  });
});

describe('The keyboard of a phone', () => {
  const page = usePage();
  const own = Object.getOwnPropertyDescriptor(window, 'visualViewport') ?? {};
  /** What the keyboard leaves of the viewport. */
  const viewport = Object.assign(new EventTarget(), { height: 0, offsetTop: 0, scale: 1 });
  const resize = async (chat: TaskPilotChat, values: Partial<typeof viewport>): Promise<void> => {
    Object.assign(viewport, values);
    viewport.dispatchEvent(new Event('resize'));
    await chat.updateComplete;
  };
  const panelBox = (chat: TaskPilotChat): DOMRect =>
    getByRole(chat, 'dialog').getBoundingClientRect();

  beforeEach(() => {
    Object.assign(viewport, { height: innerHeight, offsetTop: 0, scale: 1 });
    Object.defineProperty(window, 'visualViewport', { value: viewport, configurable: true });
  });

  afterEach(async () => {
    Object.defineProperty(window, 'visualViewport', own);
    await setViewport(desktop);
  });

  it('never hides the composer of a panel that covers the page', async () => {
    await setViewport(phone);
    const chat = await page.place({ open: '' });
    await resize(chat, { height: 700, offsetTop: 0 });
    expect(panelBox(chat)).to.include({ top: 0, height: 700 });
    await resize(chat, { height: 380, offsetTop: 0 });
    expect(panelBox(chat)).to.include({ top: 0, height: 380 });
    // iOS scrolls the page below the keyboard as well.
    await resize(chat, { height: 380, offsetTop: 120 });
    expect(panelBox(chat)).to.include({ top: 120, height: 380 });
    // Zoomed by the visitor: the panel keeps its place, and its size without the keyboard.
    await resize(chat, { height: 190, offsetTop: 60, scale: 2 });
    expect(panelBox(chat)).to.include({ top: 0, height: 380 });
    chat.hide();
  });

  it('never hides the composer of a panel on a tablet', async () => {
    const chat = await page.place({ open: '' });
    const full = panelBox(chat);
    await resize(chat, { height: 300 });
    expect(panelBox(chat).bottom).to.be.lessThan(300);
    expect(panelBox(chat).top).to.be.greaterThan(0);
    await resize(chat, { height: 600 });
    expect(panelBox(chat).toJSON()).to.deep.equal(full.toJSON());
  });
});
