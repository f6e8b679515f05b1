import { describe, expect, it } from 'vitest';
import { Chat } from './support/browser.js';
import { useWorld } from './support/suite.js';

const suite = useWorld({
  sandbox: { wordDelayMs: 10 },
  env: { AUTH: 'header', AUTH_HEADER: 'x-user', TRUST_PROXY: 'loopback' },
});

/** A browser context with a logged-in user and an open chat. */
async function openDevice(user: string) {
  const visitor = await suite.visit({ extraHTTPHeaders: { 'x-user': user } });
  const { page } = visitor;
  await page.goto(`${suite.world.url}/?scenario=slow&backend=self-hosted`);
  const chat = new Chat(page, 'TaskPilot assistant');
  await chat.bubble.click();
  await chat.composer.waitFor();
  const openHistory = async () => {
    await chat.panel.getByRole('button', { name: 'History' }).click();
    const history = chat.frame.getByRole('dialog', { name: 'History' });
    await history.waitFor();
    return history;
  };
  return { ...visitor, chat, openHistory };
}

const answers = (chat: Chat) => chat.frame.getByRole('article', { name: 'Assistant' });

describe('A user with two devices', () => {
  it('finds the conversation on the second, sees its answer being made, and its end', async () => {
    const first = await openDevice('ann');
    await first.chat.composer.fill('explain');
    await first.chat.composer.press('Enter');
    await first.chat.log.getByText('a scripted').waitFor();

    const second = await openDevice('ann');
    const history = await second.openHistory();
    await history.getByRole('listitem').first().getByRole('button').first().click();
    await second.chat.log.getByText('a scripted').waitFor();
    const part = (await second.chat.log.innerText()).length;
    expect(await second.chat.log.innerText()).not.toContain('still there.');
    await expect.poll(async () => (await second.chat.log.innerText()).length).toBeGreaterThan(part);
    for (const { chat } of [first, second]) await chat.log.getByText('still there.').waitFor();
    expect(await second.chat.questions.count()).toBe(1);
    expect(await answers(second.chat).count()).toBe(1);

    // It goes on from there, on either.
    await second.chat.ask('add water the plants', 'Added water the plants');
    await first.page.reload();
    await first.chat.log.getByText('Added water the plants').waitFor();
    expect([...first.problems, ...second.problems]).toEqual([]);
  });

  it('sees no conversation of somebody else', async () => {
    const bob = await openDevice('bob');
    const history = await bob.openHistory();
    expect(await history.getByRole('listitem').count()).toBe(0);
  });
});
