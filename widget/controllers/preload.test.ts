import type { TaskPilotChat } from '../taskpilot-chat.js';
import { inState, usePage } from '../test/page.js';
import { bubbleOf } from '../test/query.js';
import { expectSame } from '../test/same.js';
import { expect } from '../test/testing.js';

describe('preload', () => {
  const page = usePage();
  const hover = (chat: TaskPilotChat): void => {
    bubbleOf(chat).dispatchEvent(new PointerEvent('pointerenter'));
  };
  /** All that could start by itself has had its time. */
  const idle = async (): Promise<void> => {
    // WebKit has no requestIdleCallback.
    const { requestIdleCallback = setTimeout } = window as Partial<Window>;
    for (let turn = 0; turn < 2; turn++) {
      await new Promise((resolve) => requestIdleCallback(resolve));
    }
  };

  it('intent: hover makes everything ready, behind the closed bubble', async () => {
    const chat = await page.place();
    await idle();
    expect(chat.state).to.equal('idle');
    hover(chat);
    await inState(chat, 'ready');
    expect([chat.open, chat.chatkit?.checkVisibility({ visibilityProperty: true })]).to.deep.equal([
      false,
      false,
    ]);
    const { chatkit } = chat;
    bubbleOf(chat).click();
    await chat.updateComplete;
    expect(chat.state).to.equal('ready');
    expectSame(chat.chatkit, chatkit);
  });

  it('W27: intent: but not a pointer that only crosses the bubble, nor a touch that may scroll', async () => {
    const chat = await page.place();
    const bubble = bubbleOf(chat);
    const point = (type: string, pointerType: string): boolean =>
      bubble.dispatchEvent(new PointerEvent(type, { pointerType }));
    point('pointerenter', 'mouse');
    point('pointerleave', 'mouse');
    point('pointerenter', 'touch');
    point('pointerdown', 'touch');
    point('pointerenter', 'mouse');
    point('pointerleave', 'mouse');
    // Longer than a pointer has to rest.
    await bubble.animate({}, { duration: 150 }).finished;
    expect([chat.state, page.endpoint.requests.length]).to.deep.equal(['idle', 0]);
    point('pointerdown', 'mouse');
    await inState(chat, 'ready');
  });

  it('intent: so does the focus of the keyboard', async () => {
    const chat = await page.place();
    bubbleOf(chat).focus();
    await inState(chat, 'ready');
  });

  it('intent: but not the focus that comes back after a log-out', async () => {
    const chat = await page.place();
    bubbleOf(chat).click();
    await inState(chat, 'ready');
    chat.shadowRoot?.querySelector<HTMLElement>('[part=panel]')?.focus();
    await chat.resetSession();
    expectSame(chat.shadowRoot?.activeElement, bubbleOf(chat));
    expect(chat.state).to.equal('idle');
  });

  it('none: only opening starts it', async () => {
    const chat = await page.place({ preload: 'none' });
    hover(chat);
    bubbleOf(chat).focus();
    await idle();
    expect(chat.state).to.equal('idle');
    bubbleOf(chat).click();
    await inState(chat, 'ready');
  });

  it('idle and eager: it starts by itself', async () => {
    await inState(await page.place({ preload: 'idle' }), 'ready');
    const eager = await page.place({ preload: 'eager' });
    expect(eager.state).to.equal('loading');
  });

  it('spares visitors who save data: only their intent starts it', async () => {
    const own = Object.getOwnPropertyDescriptor(navigator, 'connection');
    Object.defineProperty(navigator, 'connection', {
      value: { saveData: true },
      configurable: true,
    });
    const chats = [await page.place({ preload: 'eager' }), await page.place({ preload: 'idle' })];
    await idle();
    expect(chats.map(({ state }) => state)).to.deep.equal(['idle', 'idle']);
    if (own) Object.defineProperty(navigator, 'connection', own);
    else Reflect.deleteProperty(navigator, 'connection');
  });

  it('inline: being seen is intent', async () => {
    const chat = await page.place({ layout: 'inline' });
    await inState(chat, 'ready');
    page.add('<div style="height: 300vh"></div>');
    const below = await page.place({ layout: 'inline' });
    await idle();
    expect(below.state).to.equal('idle');
    below.scrollIntoView();
    await inState(below, 'ready');
    scrollTo(0, 0);
  });

  it('follows the attribute', async () => {
    const chat = await page.place({ preload: 'none' });
    chat.preload = 'eager';
    await inState(chat, 'ready');
  });
});
