import { describe, expect, it } from 'vitest';
import { Chat } from '../support/browser.js';
import { useWorld } from '../support/suite.js';
import { addApplications, applications } from './applications.js';
import { addHostPages } from './serve.js';

const suite = useWorld({
  prepare: (app, sandbox) => {
    addHostPages(app, sandbox);
    addApplications(app, sandbox);
  },
});

describe('In an application that changes its pages by itself', () => {
  it.each([...Object.keys(applications).entries()])(
    'W22: there is one bubble and one conversation: %i, %s',
    async (index) => {
      const { page, problems } = await suite.visit({ reducedMotion: 'reduce' });
      const chat = new Chat(page);
      await page.goto(`${suite.world.url}/applications/${index}`);
      await chat.bubble.click();
      await chat.ask('add water the plants', 'Added water the plants');
      const frame = await page.locator('openai-chatkit').evaluateHandle((element) => element);
      await page.getByRole('link', { name: 'Next' }).click();
      await page.getByRole('heading', { name: 'Page 2' }).waitFor();
      await chat.ask('list', 'water the plants');
      expect(await chat.questions.count()).toBe(2);
      expect(await page.locator('taskpilot-chat').count()).toBe(1);
      expect(await frame.evaluate((element) => element.isConnected)).toBe(true);
      const parent = await page
        .locator('taskpilot-chat')
        .evaluate(({ parentElement }) => parentElement?.localName);
      expect(parent).toBe('html');
      expect(problems).toEqual([]);
    },
  );
});
