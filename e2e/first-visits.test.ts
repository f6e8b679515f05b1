import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Chat, networks, phone, throttle, visit, type Network } from './support/browser.js';
import { useWorld } from './support/suite.js';

const suite = useWorld();

const viewports: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1440, height: 900 } },
  'small laptop': { viewport: { width: 1024, height: 600 } },
  tablet: { viewport: { width: 820, height: 1180 }, hasTouch: true },
  phone,
  'phone on its side': { ...phone, viewport: { width: 844, height: 390 } },
};

/** How the first visitor's network behaves; each of them must still get an answer to the first message. */
const conditions: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  'a good network': () => Promise.resolve(),
  'slow 4G': (page) => slow(page, networks.slow4g),
  'slow 3G': (page) => slow(page, networks.slow3g),
  'a network that drops the first session request': dropFirst,
};

const slow = (page: Page, network: Network) => throttle(page, network);

async function dropFirst(page: Page): Promise<void> {
  await page.route('**/api/chatkit/sessions', (route) => route.abort('connectionreset'), {
    times: 1,
  });
}

const ways: Readonly<Record<string, (chat: Chat) => Promise<void>>> = {
  'a click': (chat) => chat.bubble.click(),
  'the keyboard': async (chat) => {
    await chat.bubble.focus();
    await chat.page.keyboard.press('Enter');
  },
};

/** 5 viewports × 4 networks × 2 ways: 40 first visits. */
const visits = Object.keys(viewports).flatMap((viewport) =>
  Object.keys(conditions).flatMap((network) =>
    Object.keys(ways).map((way) => ({ viewport, network, way })),
  ),
);

async function firstVisit({ viewport, network, way }: (typeof visits)[number]): Promise<void> {
  // Not suite.visit(): each of the 40 contexts closes before the next visit, not when the test ends.
  const visitor = await visit(suite.browser, viewports[viewport]);
  const { page } = visitor;
  try {
    await conditions[network]?.(page);
    await page.goto(`${suite.world.url}/examples/script-tag`);
    const chat = new Chat(page);
    await chat.bubble.waitFor();
    await ways[way]?.(chat);
    await chat.ask('add pack the suitcase', 'Added pack the suitcase', 30_000);
  } catch (cause) {
    throw new Error(`${viewport}, ${network}, ${way}`, { cause });
  } finally {
    await visitor.close();
  }
}

describe('First visits', () => {
  it('SC-009: 40 of 40 send their first message on the first attempt', async () => {
    expect(visits).toHaveLength(40);
    const waiting = [...visits];
    const failed: unknown[] = [];
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        await firstVisit(next).catch((error: unknown) => failed.push(error));
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    expect(failed).toEqual([]);
  }, 240_000);
});
