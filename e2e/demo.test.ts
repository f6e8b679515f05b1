import { describe, expect, it } from 'vitest';
import { Chat } from './support/browser.js';
import { useWorld } from './support/suite.js';

const suite = useWorld();

async function open(query: string) {
  const visitor = await suite.visit({ viewport: { width: 1280, height: 900 } });
  await visitor.page.goto(suite.world.url + query);
  const { page } = visitor;
  const column = (name: string) => page.getByRole('region', { name });
  return { ...visitor, chat: new Chat(page, 'TaskPilot assistant'), column };
}

describe.each([
  ['a hosted workflow', '/?backend=hosted'],
  ['the service itself', '/?backend=self-hosted'],
])('The board, with %s as the assistant', (_, query) => {
  it('is what the plan of the day is made from', async () => {
    const { page, chat, column, problems } = await open(query);
    await column('To do').getByLabel('Send the menu photos to the printer').check();
    await page.getByRole('button', { name: 'Plan my day' }).click();
    const answer = chat.frame.getByRole('article', { name: 'Assistant' }).last();
    await answer
      .getByText('Start with Write opening hours for the holidays: it is due tomorrow.')
      .waitFor();
    await chat.send.waitFor();
    const text = await answer.innerText();
    expect(text).not.toContain('menu photos');
    for (const card of ['Order form', 'Ask three regulars', 'new roastery', 'Move the domain']) {
      expect(text).toContain(card);
    }
    expect(problems).toEqual([]);
  });

  it('is changed by the assistant: cards come, move, are ticked and go', async () => {
    const { chat, column, problems } = await open(query);
    await chat.bubble.click();
    await chat.ask(
      'Add a task: call the printer',
      'Added call the printer. You have 7 open tasks.',
    );
    await column('To do').getByLabel('call the printer').waitFor();
    expect(await column('To do').getByRole('listitem').count()).toBe(5);
    await chat.ask(
      'move call the printer to in progress',
      'Moved call the printer to In progress.',
    );
    await column('In progress').getByLabel('call the printer').waitFor();
    await chat.ask('tick off the order form', 'is finished. You have 6 open tasks.');
    expect(await column('Done').getByLabel('Order form').isChecked()).toBe(true);
    await chat.ask('remove call the printer', 'Removed call the printer.');
    await column('In progress').getByLabel('call the printer').waitFor({ state: 'detached' });
    await chat.ask('remove the moon', 'I find no task like “the moon”.');
    expect(problems).toEqual([]);
  });

  it('is not spoken of when the question is about something else', async () => {
    const { chat } = await open(query);
    await chat.bubble.click();
    await chat.ask('What is the weather in Paris?', 'I am afraid that I cannot help with that.');
    expect(await chat.log.innerText()).not.toMatch(/open tasks|tool of this page/);
  });

  it('gets its first answer within 2 s of the click', async () => {
    const { page, chat } = await open(query);
    await chat.bubble.waitFor();
    const start = performance.now();
    await page.getByRole('button', { name: 'Plan my day' }).click();
    await chat.log.getByText('Start with').waitFor({ timeout: 10_000 });
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
