import { expectOther, expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { sendKeys } from '@web/test-runner-commands';
import type { TaskPilotChat } from './taskpilot-chat.js';
import { defer, problem } from './test/fetch.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { bubbleOf, findByRole, getByRole } from './test/query.js';
import { until } from './test/until.js';

/** What has the focus, inside the widget too. */
function focused(): Element | null {
  const { activeElement } = document;
  return activeElement?.shadowRoot?.activeElement ?? activeElement;
}

describe('Keyboard and focus', () => {
  const page = usePage();
  const press = (key: string): Promise<void> => sendKeys({ press: key });
  const pressWith = async (modifier: string, key: string): Promise<void> => {
    await sendKeys({ down: modifier });
    await sendKeys({ press: key });
    await sendKeys({ up: modifier });
  };
  const isFocused = (element: () => Element | null): Promise<void> =>
    until(
      () => focused() === element(),
      () => `focus on ${focused()?.outerHTML.slice(0, 80) ?? 'nothing'}`,
    );

  it('open with Enter, close with Escape, and come back to the bubble', async () => {
    const chat = await page.place();
    bubbleOf(chat).focus();
    await press('Enter');
    await isFocused(() => findByRole(chat, 'dialog', 'Chat'));
    expect(bubbleOf(chat).getAttribute('aria-expanded')).to.equal('true');
    await press('Escape');
    await isFocused(() => bubbleOf(chat));
    expect(chat.open).to.equal(false);
    expect(bubbleOf(chat).getAttribute('aria-expanded')).to.equal('false');
  });

  it('go into the composer when the chat is ready and the visitor still waits for it', async () => {
    const chat = await page.place();
    bubbleOf(chat).click();
    await inState(chat, 'ready');
    await until(
      () => chatKitOf(chat).calls.some(([name]) => name === 'focusComposer'),
      () => 'composer without focus',
    );
  });

  it('stay where the visitor has moved them meanwhile', async () => {
    const chat = await page.place();
    const answer = defer<Response>();
    page.endpoint.next.push(answer.promise);
    bubbleOf(chat).click();
    await inState(chat, 'loading');
    getByRole(chat, 'button', 'Close').focus();
    answer.resolve(await page.endpoint.fetch('/sessions'));
    await inState(chat, 'ready');
    expectSame(focused(), getByRole(chat, 'button', 'Close'));
    expect(chatKitOf(chat).calls).to.deep.equal([]);
  });

  it('are not taken by a page that opens the chat by itself', async () => {
    const input = page.add('<input aria-label="Search" />');
    input.focus();
    // A page's own doing follows no gesture; a browser in tests cannot tell.
    Object.defineProperty(navigator, 'userActivation', {
      value: { isActive: false },
      configurable: true,
    });
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    chat.hide();
    chat.show();
    await chat.updateComplete;
    Reflect.deleteProperty(navigator, 'userActivation');
    expectSame(focused(), input);
  });

  it('come back to the page’s button that has opened the chat', async () => {
    const chat = await page.place();
    const button = page.add('<button>Ask us</button>');
    button.addEventListener('click', () => chat.show());
    button.focus();
    await press('Enter');
    await isFocused(() => findByRole(chat, 'dialog', 'Chat'));
    await press('Escape');
    await isFocused(() => button);
  });

  it('come back when the page closes the chat around them, and else stay', async () => {
    const chat = await page.place();
    bubbleOf(chat).click();
    await isFocused(() => findByRole(chat, 'dialog', 'Chat'));
    chat.hide();
    await isFocused(() => bubbleOf(chat));
    const input = page.add('<input aria-label="Search" />');
    chat.open = true;
    await chat.updateComplete;
    input.focus();
    chat.open = false;
    await chat.updateComplete;
    expectSame(focused(), input);
  });

  it('stay in the panel on retry', async () => {
    const chat = await page.place();
    page.endpoint.next.push(problem(401, { retryable: true }), problem(403, { retryable: false }));
    page.shortenTimers(100, 5000);
    bubbleOf(chat).click();
    await inState(chat, 'error');
    await chat.retry().catch(() => undefined);
    page.endpoint.next.push(problem(403, { retryable: false }));
    await chat.retry().catch(() => undefined);
    expectSame(focused(), getByRole(chat, 'dialog', 'Chat'));
  });

  it('cannot leave a panel that covers the page, and can leave any other', async () => {
    const chat = await page.place({ layout: 'fullscreen' });
    const answer = defer<Response>();
    page.endpoint.next.push(answer.promise);
    bubbleOf(chat).click();
    await inState(chat, 'loading');
    expect(getByRole(chat, 'dialog').getAttribute('aria-modal')).to.equal('true');
    const close = getByRole(chat, 'button', 'Close');
    const send = getByRole(chat, 'button', 'Send');
    close.focus();
    await pressWith('Shift', 'Tab');
    await isFocused(() => send);
    await press('Tab');
    await isFocused(() => close);
    chat.layout = 'floating';
    await chat.updateComplete;
    expect(getByRole(chat, 'dialog').hasAttribute('aria-modal')).to.equal(false);
    await pressWith('Shift', 'Tab');
    expectOther(focused(), close);
  });

  it('go round in a panel that covers the page: from the first button to the last one, and back', async () => {
    const chat = await page.place({ layout: 'fullscreen' });
    page.endpoint.next.push(problem(429, {}, { 'retry-after': '60' }));
    bubbleOf(chat).click();
    await inState(chat, 'error');
    const close = getByRole(chat, 'button', 'Close');
    const send = getByRole(chat, 'button', 'Send');
    close.focus();
    await pressWith('Shift', 'Tab');
    await isFocused(() => send);
    await press('Tab');
    await isFocused(() => close);
  });

  it('toggle by the hotkey, from anywhere', async () => {
    const chat = await page.place({ hotkey: 'ctrl+/' });
    const input = page.add('<input aria-label="Search" />') as HTMLInputElement;
    input.focus();
    await pressWith('Control', '/');
    await isFocused(() => findByRole(chat, 'dialog', 'Chat'));
    await press('Escape');
    await isFocused(() => input);
    expect(input.value).to.equal('');
  });

  it('close with Escape inside ChatKit’s frame too, where that is of the page’s origin', async () => {
    const chat = await page.place({ hotkey: 'ctrl+/' });
    bubbleOf(chat).click();
    await inState(chat, 'ready');
    chatKitOf(chat).frame.focus();
    await isFocused(() => chat.chatkit);
    chatKitOf(chat).frame.contentDocument?.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', isComposing: true }),
    );
    expect(chat.open).to.equal(true);
    await press('Escape');
    await isFocused(() => bubbleOf(chat));
    expect(chat.open).to.equal(false);
  });

  it('do not scroll the page', async () => {
    const tall = page.add('<div style="height: 5000px"></div>');
    const chat = await page.place({}, tall);
    scrollTo(0, 300);
    bubbleOf(chat).click();
    await isFocused(() => findByRole(chat, 'dialog', 'Chat'));
    await inState(chat, 'ready');
    chat.hide();
    await isFocused(() => bubbleOf(chat));
    expect(scrollY).to.equal(300);
  });
});

describe('Assistive technology', () => {
  const page = usePage();

  const states: [title: string, set: () => Promise<TaskPilotChat>][] = [
    ['closed', () => page.place()],
    [
      'loading',
      async () => {
        page.endpoint.next.push(defer<Response>().promise);
        const chat = await page.place({ open: '' });
        await inState(chat, 'loading');
        return chat;
      },
    ],
    [
      'ready',
      async () => {
        const chat = await page.place({ open: '', history: '' });
        await inState(chat, 'ready');
        return chat;
      },
    ],
    [
      'failed',
      async () => {
        page.endpoint.next.push(problem(429, {}, { 'retry-after': '60' }));
        const chat = await page.place({ open: '' });
        await inState(chat, 'error');
        getByRole(chat, 'alert');
        return chat;
      },
    ],
  ];
  for (const [title, set] of states) {
    for (const scheme of ['light', 'dark'] as const) {
      it(`finds nothing to complain of: ${title}, ${scheme}`, async () => {
        const chat = await set();
        chat.colorScheme = scheme;
        await chat.updateComplete;
        await Promise.allSettled(
          (chat.shadowRoot?.getAnimations() ?? [])
            .filter((animation) => animation instanceof CSSTransition)
            .map(({ finished }) => finished),
        );
        await expect(chat).to.be.accessible();
      });
    }
  }

  it('hears what happens, in the language of the chat', async () => {
    const chat = await page.place({ open: '', locale: 'ar' });
    await inState(chat, 'ready');
    await until(
      () => getByRole(chat, 'status').textContent === 'المحادثة جاهزة.',
      () => getByRole(chat, 'status').textContent,
    );
    expect(getByRole(chat, 'dialog').lang).to.equal('ar');
  });

  it('can hit every control: at least 44 pixels', async () => {
    const chat = await page.place({ open: '', history: '' });
    await inState(chat, 'ready');
    for (const button of chat.shadowRoot?.querySelectorAll('button') ?? []) {
      const { width, height } = button.getBoundingClientRect();
      expect(Math.min(width, height), button.ariaLabel ?? '').to.be.at.least(44);
    }
  });
});
