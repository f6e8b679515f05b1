import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Chat, networks, phone, throttle } from './support/browser.js';
import { useWorld } from './support/suite.js';

const suite = useWorld();

/** Holds the session back until the test lets it go. */
async function hold(page: Page): Promise<() => void> {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/chatkit/sessions', async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

const prompts = JSON.stringify(['Plan my day', 'What is due this week, and who waits for it?']);
const words = { greeting: 'What is next?', disclaimer: 'Answers may be wrong.', prompts };

interface Place {
  readonly title: string;
  readonly options?: BrowserContextOptions;
  readonly attributes: Readonly<Record<string, string>>;
}

const places: readonly Place[] = [
  { title: 'floating', attributes: {} },
  { title: 'floating, with prompts and disclaimer', attributes: words },
  { title: 'floating on a phone', attributes: words, options: phone },
  { title: 'fullscreen', attributes: { layout: 'fullscreen', ...words } },
  { title: 'inline', attributes: { layout: 'inline' } },
  {
    title: 'inline on a phone, with prompts',
    attributes: { layout: 'inline', ...words },
    options: phone,
  },
];

describe('While the chat is loading', () => {
  it.for(places)(
    'W12: greeting and composer stay where they are: $title',
    async ({ options, attributes }) => {
      const { page } = await suite.visit(options);
      const release = await hold(page);
      await page.goto(`${suite.world.url}/examples/script-tag`);
      const widget = page.locator('taskpilot-chat');
      await widget.evaluate((element, values) => {
        if (values['layout'] === 'inline') {
          const box = document.createElement('div');
          box.style.height = '500px';
          document.body.prepend(box);
          box.append(element);
        }
        for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
        element.setAttribute('open', '');
      }, attributes);
      const ours = {
        greeting: widget.locator('.greeting'),
        composer: widget.locator('.composer'),
      };
      await ours.composer.waitFor();
      // The panel moves while it opens.
      await widget.evaluate((element) =>
        Promise.all(
          (element.shadowRoot?.getAnimations() ?? [])
            .filter((animation) => animation instanceof CSSTransition)
            .map((animation) => animation.finished),
        ),
      );
      const before = {
        greeting: await ours.greeting.boundingBox(),
        composer: await ours.composer.boundingBox(),
      };
      release();
      const frame = page.locator('openai-chatkit').frameLocator('iframe');
      await ours.composer.waitFor({ state: 'detached' });
      const after = {
        greeting: await frame.getByRole('heading', { level: 2 }).boundingBox(),
        composer: await frame.locator('.composer').boundingBox(),
      };
      for (const part of ['greeting', 'composer'] as const) {
        for (const side of ['x', 'y', 'width', 'height'] as const) {
          // A default greeting is as wide as its text; its middle counts.
          if (part === 'greeting' && side !== 'y' && side !== 'height') continue;
          const moved = (after[part]?.[side] ?? NaN) - (before[part]?.[side] ?? NaN);
          expect(Math.abs(moved), `${part} ${side}`).toBeLessThanOrEqual(4);
        }
      }
    },
  );

  it('a visitor types and sends at once on a slow network, and gets the answer', async () => {
    const { page, problems } = await suite.visit();
    await page.goto(`${suite.world.url}/examples/script-tag`);
    await throttle(page, networks.slow3g);
    const chat = new Chat(page);
    const early = chat.panel.getByRole('textbox', { name: 'Message' });
    await chat.bubble.click();
    // Goes to what has the focus.
    await page.keyboard.type('add call the printer');
    expect(await early.inputValue()).toBe('add call the printer');
    await page.keyboard.press('Enter');
    await chat.panel.getByText('Waiting to be sent…').first().waitFor();
    await page.keyboard.type('and thanks');
    await chat.log.getByText('Added call the printer').waitFor({ timeout: 30_000 });
    expect(await chat.questions.count()).toBe(1);
    expect(await chat.composer.inputValue()).toBe('and thanks');
    await page.keyboard.type('!');
    expect(await chat.composer.inputValue()).toBe('and thanks!');
    expect(problems).toEqual([]);
  }, 60_000);
});
