import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useWorld } from './support/suite.js';
import { built } from './support/world.js';

const suite = useWorld();

interface Declaration {
  readonly tagName?: string;
  readonly attributes: Record<string, unknown>[];
}
interface Manifest {
  readonly modules: readonly { readonly declarations?: readonly Declaration[] }[];
}
const manifest = JSON.parse(
  await readFile(built('widget/dist/custom-elements.json'), 'utf8'),
) as Manifest;
const described = (of: Manifest): Declaration => {
  const found = of.modules
    .flatMap(({ declarations = [] }) => declarations)
    .find(({ tagName }) => tagName === 'taskpilot-chat');
  if (!found) throw new Error('The manifest does not describe the element.');
  return found;
};

async function open(
  prepare: (page: Page) => Promise<unknown> = () => Promise.resolve(),
  width = 1280,
) {
  const visitor = await suite.visit({ viewport: { width, height: 900 } });
  const { page } = visitor;
  await prepare(page);
  await page.goto(`${suite.world.url}/playground`);
  await page.locator('html[data-state=ready]').waitFor();
  const preview = page.frameLocator('#preview');
  return {
    ...visitor,
    preview,
    chat: preview.locator('taskpilot-chat'),
    code: page.locator('#code'),
    show: (section: string) => page.getByRole('heading', { name: section }).click(),
  };
}

describe('The playground', () => {
  it('has every attribute of the manifest', async () => {
    const { page, problems } = await open();
    const names = await page.locator('#attributes label code').allInnerTexts();
    expect(names).toEqual(described(manifest).attributes.map(({ name }) => name));
    expect(problems).toEqual([]);
  });

  it('has an attribute that a later manifest brings', async () => {
    const later = structuredClone(manifest);
    described(later).attributes.push({
      name: 'mood',
      type: { text: "'calm' | 'lively'" },
      description: 'How it feels.',
    });
    const { page, chat, code } = await open((opened) =>
      opened.route('**/custom-elements.json', (route) => route.fulfill({ json: later })),
    );
    await page.getByRole('combobox', { name: 'mood' }).selectOption('lively');
    expect(await chat.getAttribute('mood')).toBe('lively');
    expect(await code.innerText()).toContain('data-mood="lively"');
  });

  it('shows at once what is set, and writes it down for each kind', async () => {
    const { page, chat, code, problems } = await open();
    await page.getByRole('combobox', { name: 'position' }).selectOption('bottom-start');
    await page.getByRole('textbox', { name: 'label', exact: true }).fill('Say "hi"');
    await page.getByRole('checkbox', { name: 'history' }).check();
    await chat.getByRole('button', { name: 'Say "hi"' }).waitFor();
    const box = await chat.getByRole('button', { name: 'Say "hi"' }).boundingBox();
    const frame = await page.locator('#preview').boundingBox();
    expect((box?.x ?? 0) - (frame?.x ?? 0)).toBeLessThan(40);
    expect(await code.innerText()).toContain('data-label="Say &quot;hi&quot;"\n  data-history');
    for (const [kind, line] of [
      ['HTML element', 'label="Say &quot;hi&quot;"'],
      ['React', 'label={"Say \\"hi\\""}'],
      ['Vue', 'label="Say &quot;hi&quot;"'],
      ['Svelte', 'label="Say &quot;hi&quot;"'],
      ['Angular', 'label="Say &quot;hi&quot;"'],
      ['Plain module', 'chat.setAttribute(\'label\', "Say \\"hi\\"");'],
    ] as const) {
      await page.getByRole('radio', { name: kind }).check();
      expect(await code.innerText()).toContain(line);
    }
    await page.getByRole('combobox', { name: 'position' }).selectOption('');
    expect(await chat.getAttribute('position')).toBeNull();
    expect(problems).toEqual([]);
  });

  it('sets custom properties and parts', async () => {
    const { page, chat, show, problems } = await open();
    const launcher = chat.getByRole('button', { name: 'Chat' });
    await show('Custom properties');
    await page.getByRole('textbox', { name: '--taskpilot-chat-launcher-size' }).fill('80px');
    await expect.poll(async () => (await launcher.boundingBox())?.width).toBe(80);
    await show('Parts');
    await page.getByRole('textbox', { name: 'launcher', exact: true }).fill('border-radius: 4px');
    await expect
      .poll(() => launcher.evaluate((element) => getComputedStyle(element).borderRadius))
      .toBe('4px');
    expect(problems).toEqual([]);
  });

  it('shows the page dark, right to left, and in a phone', async () => {
    const { page, chat, preview } = await open();
    await page.getByRole('combobox', { name: 'Page' }).selectOption('dark');
    await page.getByRole('checkbox', { name: 'Phone' }).check();
    await page.getByRole('checkbox', { name: 'Right to left' }).check();
    expect(await preview.locator('html').getAttribute('dir')).toBe('rtl');
    expect((await page.locator('#preview').boundingBox())?.width).toBe(390);
    const background = await preview
      .locator('body')
      .evaluate((body) => getComputedStyle(body).backgroundColor);
    expect(background).toBe('rgb(15, 16, 19)');
    // Arabic, and at the left.
    await chat
      .getByRole('button', { name: 'محادثة' })
      .or(chat.getByRole('button'))
      .first()
      .waitFor();
  });

  it('lists events as they are fired', async () => {
    const { page, chat, show, preview } = await open();
    await show('Events');
    await chat.getByRole('button', { name: 'Chat' }).click();
    const fired = page.getByRole('log', { name: 'Events, newest first' });
    await fired.getByText('taskpilot-ready').waitFor();
    const text = await fired.innerText();
    expect(text).toContain('taskpilot-open');
    expect(text).toContain('taskpilot-state {"state":"loading"}');
    await page.getByRole('button', { name: 'Start again' }).click();
    await preview.getByRole('button', { name: 'Chat' }).click();
    await expect
      .poll(async () => (await fired.innerText()).match(/taskpilot-open/g)?.length)
      .toBe(2);
  });

  it.each([
    ['light', 1280],
    ['dark', 320],
  ] as const)('has no fault that axe finds, in %s at %i px', async (colorScheme, width) => {
    const axe = await readFile(
      createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
      'utf8',
    );
    const { page, show } = await open((opened) => opened.emulateMedia({ colorScheme }), width);
    for (const section of ['Custom properties', 'Parts', 'Events']) await show(section);
    await page.evaluate(axe);
    const { violations } = await page.evaluate<AxeResults>('axe.run({ exclude: ["#preview"] })');
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });
});
