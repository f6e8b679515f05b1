import { describe, expect, it } from 'vitest';
import { Chat } from '../support/browser.js';
import { useWorld } from '../support/suite.js';
import { hostPages } from './pages.js';
import { addHostPages } from './serve.js';

const suite = useWorld({ prepare: addHostPages });

async function open(name: string) {
  const visitor = await suite.visit({
    viewport: { width: 1000, height: 700 },
    // The bubble grows below a pointer where motion is welcome.
    reducedMotion: 'reduce',
  });
  await visitor.page.goto(`${suite.world.url}/hosts/${name}`);
  return { ...visitor, chat: new Chat(visitor.page) };
}

describe('On every kind of page', () => {
  it.each(Object.entries(hostPages({ chatkitSrc: 'http://localhost/' })))(
    'the chat answers, at its corner: %s',
    async (name) => {
      const { page, chat, problems } = await open(name);
      await chat.bubble.click();
      await chat.ask('hello', 'I understand a few things about tasks');
      expect(await page.locator('taskpilot-chat').count()).toBe(1);
      const bubble = await chat.bubble.boundingBox();
      expect(bubble).toMatchObject({ width: 56, height: 56 });
      // A scroll bar may take some of the width.
      expect(Math.abs(1000 - 76 - (bubble?.x ?? 0))).toBeLessThanOrEqual(16);
      expect(Math.abs(700 - 76 - (bubble?.y ?? 0))).toBeLessThanOrEqual(1);
      const panel = await chat.panel.boundingBox();
      expect(panel?.y).toBeGreaterThan(0);
      // The strict policy blocks ChatKit's own style element, which the browser reports.
      expect(problems.filter((line) => !/inline style/i.test(line))).toEqual([]);
    },
  );

  it.each(['quirks', 'branded'])(
    'W30: costs no style recalculation while it is closed: %s',
    async (name) => {
      const { page, chat } = await open(name);
      await chat.bubble.waitFor();
      const session = await page.context().newCDPSession(page);
      await session.send('Performance.enable');
      const recalculations = async (): Promise<number> => {
        const { metrics } = await session.send('Performance.getMetrics');
        return metrics.find(({ name }) => name === 'RecalcStyleCount')?.value ?? NaN;
      };
      const frames = 30;
      const before = await recalculations();
      await page.evaluate(async (count) => {
        for (let frame = 0; frame < count; frame++) {
          document.documentElement.style.setProperty('--scroll', `${frame}`);
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
      }, frames);
      expect((await recalculations()) - before).toBeLessThanOrEqual(frames * 1.2);
    },
  );

  it('W22: the bubble and the conversation survive a swap of the body', async () => {
    const { page, chat, problems } = await open('quirks');
    await chat.bubble.click();
    await chat.ask('add water the plants', 'Added water the plants');
    await page.evaluate(() => document.body.replaceWith(document.createElement('body')));
    await chat.ask('list', 'water the plants');
    expect(problems).toEqual([]);
  });
});
