import { describe, expect, it } from 'vitest';
import { pages } from '../examples/pages.js';
import { Chat } from './support/browser.js';
import { useWorld } from './support/suite.js';

const suite = useWorld();

async function open(path: string) {
  const visitor = await suite.visit();
  await visitor.page.goto(suite.world.url + path);
  return visitor;
}

describe('Every example page', () => {
  it.each(pages)(
    '$path opens without an error and without an unknown element',
    async ({ path }) => {
      const { page, problems } = await open(path);
      await page.waitForLoadState('networkidle');
      const unknown = await page.evaluate(() =>
        [...document.querySelectorAll('*')]
          .filter(({ localName }) => localName.includes('-') && !customElements.get(localName))
          .map(({ localName }) => localName),
      );
      expect(unknown).toEqual([]);
      expect(problems).toEqual([]);
    },
  );
});

describe('The chat of each example page', () => {
  it('answers at the script tag', async () => {
    const { page, problems } = await open('/examples/script-tag');
    const chat = new Chat(page);
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    expect(problems).toEqual([]);
  });

  it.each(['/examples/inline', '/chat'])('answers inside the page %s', async (path) => {
    const { page, problems } = await open(path);
    const chat = new Chat(page);
    await chat.ask('hello', 'I understand a few things about tasks');
    expect(problems).toEqual([]);
  });

  it('answers in the colours of the themed page', async () => {
    const { page, problems } = await open('/examples/themed');
    await page.locator('taskpilot-chat').getByRole('button').first().click();
    const chat = new Chat(page);
    await chat.frame.getByRole('textbox').fill('hello');
    await chat.frame.getByRole('textbox').press('Enter');
    await chat.log.getByText('I understand a few things about tasks').waitFor();
    expect(problems).toEqual([]);
  });

  it('answers under a strict policy with Trusted Types', async () => {
    const { page, problems } = await open('/examples/strict-csp');
    const chat = new Chat(page);
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    // The one line that the browser writes when it blocks ChatKit's own style element.
    const blocked = problems.filter((line) => /style/i.test(line));
    expect(problems).toEqual(blocked);
    const frame = await page.locator('openai-chatkit iframe').boundingBox();
    const body = await page.locator('taskpilot-chat .body').boundingBox();
    expect(frame).toEqual(body);
  });

  it('FR-006: useChatKit works with our configuration', async () => {
    const { page, problems } = await open('/examples/react');
    const chat = new Chat(page);
    await chat.ask('add read the docs', 'Added read the docs');
    expect(problems).toEqual([]);
  });
});

describe('The strip above the demo', () => {
  async function openMore(path = '/') {
    const visitor = await open(path);
    const strip = visitor.page.getByRole('complementary', { name: 'About this demo' });
    await strip.getByText('Try more').click();
    return { ...visitor, strip };
  }

  it('names the sandbox, and shows a situation when the button is pressed, not before', async () => {
    const { page, strip } = await openMore();
    await strip.getByText('Local sandbox, not OpenAI').waitFor();
    const happens = strip.getByLabel('What happens');
    await happens.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await happens.selectOption('OpenAI has had too many requests.');
    expect(new URL(page.url()).search).toBe('');
    await strip.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL('**/?scenario=session-429');
    await strip.getByText('OpenAI has had too many requests. Back to the usual').waitFor();
  });

  it('has the line to paste, with this service’s address', async () => {
    const { page } = await openMore();
    await page.getByText(`<script src="${suite.world.url}/taskpilot-chat.js"`).waitFor();
  });

  it('closes on Escape', async () => {
    const { page, strip } = await openMore();
    await strip.getByLabel('Who answers').press('Escape');
    await strip.getByLabel('Who answers').waitFor({ state: 'hidden' });
    expect(await page.locator('summary').evaluate((e) => e === document.activeElement)).toBe(true);
  });
});

describe('On a narrow phone', () => {
  it.each(['/', '/playground', '/examples/'])(
    'nothing of %s is wider than 320 px',
    async (path) => {
      const visitor = await suite.visit({ viewport: { width: 320, height: 640 } });
      const { page } = visitor;
      await page.goto(suite.world.url + path);
      await page.waitForLoadState('networkidle');
      const { scrolls, strip } = await page.evaluate(() => ({
        scrolls: document.documentElement.scrollWidth,
        strip: document.querySelector('.strip')?.getBoundingClientRect().height ?? 0,
      }));
      expect(scrolls).toBe(320);
      // One line.
      expect(strip).toBeLessThan(48);
      if (path !== '/') return;
      await page.getByText('Try more').click();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    },
  );
});
