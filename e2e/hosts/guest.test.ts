import { describe, expect, it } from 'vitest';
import { Chat } from '../support/browser.js';
import { useWorld } from '../support/suite.js';
import { addHostPages } from './serve.js';

const suite = useWorld({ prepare: addHostPages });

async function open(name: string) {
  const visitor = await suite.visit({ reducedMotion: 'reduce' });
  await visitor.page.goto(`${suite.world.url}/hosts/${name}`);
  return { ...visitor, chat: new Chat(visitor.page) };
}

describe('As a guest the chat', () => {
  it('answers in an XHTML document', async () => {
    const { page, chat, problems } = await open('xhtml');
    await chat.bubble.click();
    await chat.panel.getByRole('button', { name: 'Close' }).waitFor();
    await page.waitForFunction(() => document.querySelector('taskpilot-chat')?.state === 'ready');
    // Playwright finds frames by the name IFRAME, which is in lower case here.
    const frame = page.frames().find((child) => child.parentFrame());
    await frame?.getByRole('textbox', { name: 'Message' }).fill('hello');
    await frame?.getByRole('textbox', { name: 'Message' }).press('Enter');
    await frame?.getByText('I understand a few things about tasks').waitFor();
    expect(await page.evaluate('typeof litHtmlPolyfillSupport')).toBe('undefined');
    expect(problems).toEqual([]);
  });

  it('says that it cannot serve a drawing, and does nothing else', async () => {
    const { page, problems } = await open('svg');
    await page.waitForLoadState('networkidle');
    expect(await page.locator('taskpilot-chat').count()).toBe(0);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('image/svg+xml');
  });

  it('shows its error in a sandboxed frame, whose origin no service allows, and can be closed', async () => {
    const { page, problems } = await open('sandboxed');
    const frame = page.frameLocator('iframe');
    await frame.getByRole('button', { name: 'Chat' }).click();
    await frame.getByRole('alert').waitFor();
    await frame.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await frame.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(problems.filter((line) => /Uncaught|SecurityError|DOMException/.test(line))).toEqual([]);
  });

  it('answers in a sandboxed frame where the frame may keep its origin', async () => {
    const { page, problems } = await open('sandboxed-same-origin');
    const frame = page.frameLocator('iframe');
    await frame.getByRole('button', { name: 'Chat' }).click();
    await frame.locator('openai-chatkit').frameLocator('iframe').getByRole('textbox').waitFor();
    expect(problems).toEqual([]);
  });

  it('goes on when a translation tool has rewritten all texts', async () => {
    const { page, chat, problems } = await open('translated');
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    await chat.panel.getByRole('button', { name: 'Close' }).click();
    await chat.bubble.click();
    await chat.ask('add feed the cat', 'Added feed the cat');
    await page.evaluate(() => {
      Object.assign(document.querySelector('taskpilot-chat') ?? {}, { label: 'Help' });
    });
    await page.getByRole('button', { name: 'Help', exact: true }).waitFor();
    expect(problems).toEqual([]);
  });

  it('stays below a modal dialog of the page, and works again after it', async () => {
    const { page, chat, problems } = await open('quirks');
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    await page.evaluate(() => {
      const dialog = document.createElement('dialog');
      dialog.innerHTML = '<form method="dialog"><button>Done</button></form>';
      document.body.append(dialog);
      dialog.showModal();
    });
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Done' }).waitFor({ state: 'hidden' });
    expect(await chat.panel.isVisible()).toBe(true);
    await chat.ask('add feed the cat', 'Added feed the cat');
    expect(problems).toEqual([]);
  });

  it('comes back from full screen as it was', async () => {
    const { page, chat, problems } = await open('quirks');
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    await page.evaluate(async () => {
      await document.querySelector('p')?.requestFullscreen();
      await document.exitFullscreen();
    });
    await chat.ask('add feed the cat', 'Added feed the cat');
    expect(problems).toEqual([]);
  });

  it('is as large after a page change as the visitor has made it', async () => {
    const visitor = await suite.visit({ viewport: { width: 1200, height: 900 } });
    const { page, problems } = visitor;
    const chat = new Chat(page);
    await page.addInitScript({
      content: `if (self === top) taskpilotChat = [['set', { expandable: true }]]`,
    });
    await page.goto(`${suite.world.url}/hosts/quirks`);
    await chat.bubble.click();
    await chat.panel.getByRole('button', { name: 'Make larger' }).click();
    await page.goto(`${suite.world.url}/hosts/reset`);
    await chat.panel.getByRole('button', { name: 'Make smaller' }).waitFor();
    const { width = 0, height = 0 } = (await chat.panel.boundingBox()) ?? {};
    expect(width).toBeGreaterThan(400);
    expect(height).toBeGreaterThan(680);
    await page.goto(`${suite.world.url}/hosts/quirks`);
    await chat.panel.getByRole('button', { name: 'Make smaller' }).click();
    await page.reload();
    await chat.panel.getByRole('button', { name: 'Make larger' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('is not printed, whatever the page’s style sheet for print says', async () => {
    const { page, chat } = await open('print');
    await chat.bubble.click();
    await chat.composer.waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await chat.bubble.isVisible()).toBe(false);
    expect(await chat.panel.isVisible()).toBe(false);
  });

  it('is there once where two versions are pasted, and tells it by one line', async () => {
    const { page } = await suite.visit();
    const lines: string[] = [];
    page.on('console', (message) => lines.push(message.text()));
    await page.goto(`${suite.world.url}/hosts/twice`);
    await page.waitForLoadState('networkidle');
    expect(await page.locator('taskpilot-chat').count()).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/loaded twice: .*taskpilot-chat\.js\S* is ignored/);
  });

  it('moves nothing on the page', async () => {
    const { page, chat } = await open('observed');
    await chat.bubble.waitFor();
    await page.waitForLoadState('networkidle');
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    await chat.panel.getByRole('button', { name: 'Close' }).click();
    expect(await page.evaluate('observed')).toEqual([]);
  });

  it('leaves nothing behind when it is removed', async () => {
    const { page, chat } = await open('on-demand');
    const session = await page.context().newCDPSession(page);
    const count = async () => {
      await session.send('HeapProfiler.collectGarbage');
      const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
      const rest = await page.evaluate<Record<string, number>>('counted()');
      return { nodes, jsEventListeners, ...rest };
    };
    const cycle = async () => {
      await page.evaluate('place()');
      await chat.bubble.click();
      await chat.ask('hello', 'I understand a few things about tasks');
      await chat.panel.getByRole('button', { name: 'Close' }).click();
      await page.evaluate(() => document.querySelector('taskpilot-chat')?.remove());
    };
    // What the first one leaves is loaded once: the scripts and ChatKit's class.
    await cycle();
    const first = await count();
    for (let round = 0; round < 3; round++) await cycle();
    const last = await count();
    expect(last).toEqual({ ...first, nodes: expect.any(Number) as number });
    expect(last.nodes).toBeLessThanOrEqual(first.nodes);
  });
});
