import { describe, expect, it } from 'vitest';
import { Chat, phone } from './support/browser.js';
import { guestPage } from './support/guest-page.js';
import { useWorld } from './support/suite.js';

const suite = useWorld({ prepare: guestPage });

async function open(query = '') {
  const visitor = await suite.visit(phone);
  const { page } = visitor;
  await page.goto(`${suite.world.url}/guest?first`);
  const url = `${suite.world.url}/guest?${query}`;
  await page.goto(url);
  const chat = new Chat(page);
  await chat.bubble.tap();
  await chat.composer.waitFor();
  return { ...visitor, chat, url };
}

describe('On a phone', () => {
  it('W31: Back closes the panel, and the next Back leaves the page', async () => {
    const { page, chat, url } = await open();
    await page.goBack();
    await chat.panel.waitFor({ state: 'hidden' });
    expect(page.url()).toBe(url);
    await page.goBack();
    expect(page.url()).toBe(`${suite.world.url}/guest?first`);
  });

  it('W31: a panel that was closed by its button leaves nothing for Back', async () => {
    const { page, chat } = await open();
    await page.getByRole('button', { name: 'Close' }).tap();
    await chat.panel.waitFor({ state: 'hidden' });
    await page.waitForFunction(() => history.state === null);
    await page.goBack();
    expect(page.url()).toBe(`${suite.world.url}/guest?first`);
  });

  it('W31: the next page and a reload do not open covered, and the conversation goes on', async () => {
    const { page, chat, url } = await open();
    await chat.ask('add feed the cat', 'Added feed the cat');
    await page.goto(`${url}&next`);
    await chat.bubble.waitFor();
    expect(await chat.panel.isVisible()).toBe(false);
    await chat.bubble.tap();
    await chat.log.getByText('Added feed the cat').waitFor();
    await page.reload();
    await chat.bubble.waitFor();
    expect(await chat.panel.isVisible()).toBe(false);
    // The entry that the reload has left is used again.
    const length = await page.evaluate(() => history.length);
    await chat.bubble.tap();
    await chat.composer.waitFor();
    expect(await page.evaluate(() => history.length)).toBe(length);
    await page.goBack();
    await chat.panel.waitFor({ state: 'hidden' });
    expect(page.url()).toBe(`${url}&next`);
  });

  it('W31: the page behind the panel does not scroll', async () => {
    const { page, chat } = await open();
    const scroll = async (): Promise<number> => {
      await page.mouse.move(200, 30);
      await page.mouse.wheel(0, 400);
      await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      return page.evaluate(() => scrollY);
    };
    expect(await scroll()).toBe(0);
    await page.goBack();
    await chat.panel.waitFor({ state: 'hidden' });
    await expect.poll(scroll).toBeGreaterThan(0);
  });

  it('W31: a router of the page goes on where it was', async () => {
    const { page, chat, url } = await open();
    await page.goBack();
    await chat.panel.waitFor({ state: 'hidden' });
    await page.evaluate(() => {
      const states: unknown[] = [];
      Object.assign(window, { states });
      history.pushState({ view: 1 }, '', '?view=1');
      addEventListener('popstate', ({ state }) => states.push(state));
    });
    await chat.bubble.tap();
    await chat.panel.waitFor();
    expect(await page.evaluate(() => history.state as unknown)).toMatchObject({ view: 1 });
    await page.goBack();
    await chat.panel.waitFor({ state: 'hidden' });
    expect(new URL(page.url()).search).toBe('?view=1');
    expect(await page.evaluate('states')).toEqual([]);
    await page.goBack();
    expect(page.url()).toBe(url);
    expect(await page.evaluate('states')).toEqual([null]);
  });
});
