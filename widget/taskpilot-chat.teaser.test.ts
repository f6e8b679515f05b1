import { sendKeys } from '@web/test-runner-commands';
import type { TaskPilotChat } from './taskpilot-chat.js';
import { countLeftovers } from './test/leftovers.js';
import { inState, usePage } from './test/page.js';
import { bubbleOf, findByRole, getByRole } from './test/query.js';
import { expectNothing, expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { until } from './test/until.js';

const text = 'Questions about prices?';

describe('The teaser', () => {
  const page = usePage();
  const messageOf = (chat: TaskPilotChat): HTMLElement | null => findByRole(chat, 'button', text);
  const place = (attributes: Record<string, string> = {}): Promise<TaskPilotChat> =>
    page.place({ teaser: text, 'teaser-delay': '0', ...attributes });
  const shown = async (attributes: Record<string, string> = {}): Promise<TaskPilotChat> => {
    const chat = await place(attributes);
    await until(
      () => messageOf(chat),
      () => 'no teaser',
    );
    return chat;
  };
  /** All timers of no time have ended, and what they have changed is rendered. */
  const settled = async (chat: TaskPilotChat): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve));
    await new Promise((resolve) => setTimeout(resolve));
    await chat.updateComplete;
  };

  afterEach(() => localStorage.clear());

  it('is a message in a live region beside the bubble, for which the page asks for nothing', async () => {
    const { activeElement } = document;
    const chat = await page.place({ teaser: text, 'teaser-delay': '0' });
    const region = getByRole(chat, 'status');
    expect(region.textContent.trim()).to.equal('');
    await until(
      () => messageOf(chat),
      () => 'no teaser',
    );
    expect(region.textContent.trim()).to.equal(text);
    expectSame(document.activeElement, activeElement);
    const part = chat.shadowRoot?.querySelector('[part=teaser]')?.getBoundingClientRect();
    const bubble = bubbleOf(chat).getBoundingClientRect();
    expect(part?.right).to.equal(bubble.right);
    expect(part?.bottom).to.be.lessThan(bubble.top);
    expect([chat.state, page.endpoint.requests.length]).to.deep.equal(['idle', 0]);
  });

  it('comes after five seconds, or as many as the page says', async () => {
    const setTimeout = window.setTimeout.bind(window);
    const delays: unknown[] = [];
    Object.assign(window, {
      setTimeout: (action: () => void, ms?: number) => {
        delays.push(ms);
        return setTimeout(action, ms);
      },
    });
    await page.place({ teaser: text });
    await page.place({ teaser: text, 'teaser-delay': '90', id: 'other' });
    await page.place({ teaser: text, 'teaser-delay': 'soon', id: 'third' });
    Object.assign(window, { setTimeout });
    expect(delays.filter((ms) => Number(ms) > 0)).to.deep.equal([5000, 90_000, 5000]);
  });

  it('opens the panel, and does not come back when that is closed', async () => {
    const chat = await shown();
    messageOf(chat)?.click();
    await chat.updateComplete;
    expect(chat.open).to.equal(true);
    expectNothing(messageOf(chat));
    await inState(chat, 'ready');
    chat.hide();
    await settled(chat);
    expectNothing(messageOf(chat));
  });

  it('goes with its button, and hands the focus to the bubble', async () => {
    const chat = await shown();
    const dismiss = getByRole(chat, 'button', 'Dismiss');
    dismiss.focus();
    dismiss.click();
    await chat.updateComplete;
    expectNothing(messageOf(chat));
    expectNothing(chat.shadowRoot?.querySelector('[part=teaser]'));
    expectSame(chat.shadowRoot?.activeElement, bubbleOf(chat));
    expect([chat.open, chat.state]).to.deep.equal([false, 'idle']);
  });

  it('goes with Escape, wherever the focus is, unless that was for something else', async () => {
    const chat = await shown();
    const input = page.add('<input aria-label="Search" />');
    input.focus();
    const keep = (event: Event): void => event.preventDefault();
    input.addEventListener('keydown', keep);
    await sendKeys({ press: 'Escape' });
    await settled(chat);
    expect(messageOf(chat)).not.to.equal(null);
    input.removeEventListener('keydown', keep);
    await sendKeys({ press: 'Escape' });
    await chat.updateComplete;
    expectNothing(messageOf(chat));
    expectSame(document.activeElement, input);
  });

  for (const [persist, storage] of [
    ['session', sessionStorage],
    ['local', localStorage],
  ] as const) {
    it(`is shown once per visitor, which is kept in the storage of persist="${persist}"`, async () => {
      (await shown({ persist })).remove();
      expect(Object.keys(storage)).to.include('taskpilot-chat:teaser:');
      const next = await place({ persist });
      await settled(next);
      expectNothing(messageOf(next));
    });
  }

  it('is shown once per page where nothing is kept', async () => {
    const chat = await shown({ persist: 'none' });
    expect([...Object.keys(sessionStorage), ...Object.keys(localStorage)]).to.deep.equal([]);
    getByRole(chat, 'button', 'Dismiss').click();
    chat.remove();
    document.body.append(chat);
    await settled(chat);
    expectNothing(messageOf(chat));
    await shown({ persist: 'none' });
  });

  it('is not shown to a visitor who has opened the chat', async () => {
    const chat = await page.place({ teaser: text, open: '', persist: 'local' });
    await inState(chat, 'ready');
    chat.remove();
    sessionStorage.clear();
    localStorage.removeItem('taskpilot-chat:page:');
    const next = await place({ persist: 'local' });
    await settled(next);
    expect(next.open).to.equal(false);
    expectNothing(messageOf(next));
  });

  it('is not shown without a bubble', async () => {
    const inline = await place({ layout: 'inline' });
    const fullscreen = await place({ layout: 'fullscreen', open: '' });
    await settled(inline);
    expectNothing(messageOf(inline));
    expectNothing(messageOf(fullscreen));
  });

  it('takes no taps and no room before and after', async () => {
    const chat = await place({ 'teaser-delay': '60' });
    const box = chat.shadowRoot?.querySelector('.teaser')?.getBoundingClientRect();
    expect([box?.width, box?.height]).to.deep.equal([0, 0]);
    const { scrollWidth, scrollHeight } = document.documentElement;
    chat.remove();
    expect([scrollWidth, scrollHeight]).to.deep.equal([
      document.documentElement.scrollWidth,
      document.documentElement.scrollHeight,
    ]);
  });

  it('leaves no timer and no listener behind', async () => {
    const leftovers = countLeftovers();
    const chat = await page.place({ teaser: text });
    expect(leftovers.list()).to.include('timer');
    chat.remove();
    await until(
      () => leftovers.list().length === 0,
      () => leftovers.list().join(', '),
    );
    leftovers.stop();
  });
});
