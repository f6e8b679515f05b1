import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Chat, phone } from './support/browser.js';
import { guestPage } from './support/guest-page.js';
import { useWorld } from './support/suite.js';

const suite = useWorld({ prepare: guestPage });
const sessions = '**/api/chatkit/sessions';

let axe: string;
beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

async function open(
  attributes: Readonly<Record<string, string>> = {},
  options: BrowserContextOptions = {},
) {
  const visitor = await suite.visit({
    viewport: { width: 1000, height: 700 },
    reducedMotion: 'reduce',
    ...options,
  });
  const url = new URL('/guest', suite.world.url);
  url.search = new URLSearchParams(attributes).toString();
  return {
    ...visitor,
    chat: new Chat(visitor.page, attributes['label']),
    goto: () => visitor.page.goto(url.href),
  };
}

type Visit = Awaited<ReturnType<typeof open>>;

/** What axe-core finds on the whole page, its best practices included, each rule with the elements that break it. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate<AxeResults>('axe.run(document)');
  expect(results.passes.map(({ id }) => id)).toContain('landmark-one-main');
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

/** Elements of the widget that assistive technology would list as landmarks, or that change the order of the page. */
const intruders = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [
      ...(document
        .querySelector('taskpilot-chat')
        ?.shadowRoot?.querySelectorAll(
          'header, footer, main, nav, aside, [role=banner], [role=contentinfo], [role=main], [role=navigation], [role=complementary], [role=region], [role=search], [tabindex]:not([tabindex="0"], [tabindex="-1"])',
        ) ?? []),
    ].map(({ outerHTML }) => outerHTML.slice(0, 80)),
  );

const clicked = async ({ chat }: Visit): Promise<void> => {
  await chat.bubble.click();
  await chat.panel.waitFor();
};
const ready = async (visitor: Visit): Promise<void> => {
  await clicked(visitor);
  await visitor.chat.composer.waitFor();
};

const states: Readonly<
  Record<
    string,
    {
      readonly attributes?: Readonly<Record<string, string>>;
      readonly options?: BrowserContextOptions;
      readonly before?: (visitor: Visit) => Promise<unknown>;
      readonly reach: (visitor: Visit) => Promise<void>;
    }
  >
> = {
  closed: { reach: ({ chat }) => chat.bubble.waitFor() },
  'closed, with a label': {
    attributes: { 'launcher-label': 'Chat with us' },
    reach: ({ page }) => page.getByRole('button', { name: 'Chat with us' }).waitFor(),
  },
  teaser: {
    attributes: { teaser: 'Questions about prices? Ask us.', 'teaser-delay': '0' },
    reach: ({ page }) => page.getByText('Questions about prices?').waitFor(),
  },
  loading: {
    before: async ({ page }) => {
      await page.route(sessions, () => undefined);
    },
    reach: clicked,
  },
  ready: { attributes: { history: '', expandable: '' }, reach: ready },
  error: {
    attributes: { contact: 'mailto:help@example.com' },
    before: async ({ page }) => {
      await page.route(sessions, (route) =>
        route.fulfill({ status: 429, headers: { 'retry-after': '60' }, json: { status: 429 } }),
      );
    },
    reach: async (visitor) => {
      await clicked(visitor);
      await visitor.chat.alert.waitFor();
    },
  },
  expanded: {
    attributes: { expandable: '' },
    reach: async (visitor) => {
      await ready(visitor);
      await visitor.page.getByRole('button', { name: 'Make larger' }).click();
      await visitor.page.getByRole('button', { name: 'Make smaller' }).waitFor();
    },
  },
  phone: { options: phone, reach: ready },
  'a fullscreen page': {
    attributes: { layout: 'fullscreen', open: '' },
    reach: ({ chat }) => chat.composer.waitFor(),
  },
  inline: {
    attributes: { layout: 'inline', inside: '' },
    reach: async ({ page, chat }) => {
      await page.locator('taskpilot-chat').scrollIntoViewIfNeeded();
      await chat.composer.waitFor();
    },
  },
  dark: {
    options: { colorScheme: 'dark' },
    attributes: { style: 'color-scheme: dark' },
    reach: ready,
  },
  'right to left': {
    attributes: { lang: 'ar', dir: 'rtl', label: 'مساعدة' },
    reach: clicked,
  },
  'forced colours': { options: { forcedColors: 'active' }, reach: ready },
};

describe('The whole page', () => {
  it.each(Object.entries(states))(
    'W9: has nothing that axe complains of, and no other landmark than its own: %s',
    async (_name, { attributes, options, before, reach }) => {
      const visitor = await open(attributes, options);
      await before?.(visitor);
      await visitor.goto();
      await reach(visitor);
      expect(await violations(visitor.page)).toEqual([]);
      expect(await intruders(visitor.page)).toEqual([]);
    },
  );

  it('W19: shows its bubble and its dialog to tools that read the accessibility tree', async () => {
    const visitor = await open({ teaser: 'Ask us', 'teaser-delay': '0' });
    await visitor.goto();
    const { page, chat } = visitor;
    await page.getByText('Ask us').waitFor();
    const closed = await page.locator('html').ariaSnapshot();
    expect(closed).toContain('- button "Chat"');
    expect(closed).toContain('- button "Ask us"');
    expect(closed).not.toContain('dialog');
    await ready(visitor);
    const open_ = await page.locator('html').ariaSnapshot();
    expect(open_).toContain('- dialog "Chat"');
    expect(open_).toContain('- button "Close"');
    await chat.bubble.click();
    await chat.panel.waitFor({ state: 'hidden' });
    expect(await page.locator('html').ariaSnapshot()).not.toContain('dialog');
  });

  it.each([
    ['320 pixels wide', 320, 640],
    ['at a zoom of 400 %', 320, 256],
  ])(
    'W9: can be used %s: no control is cut off, none covers another',
    async (_name, width, height) => {
      const visitor = await open({ history: '' }, { viewport: { width, height } });
      await visitor.goto();
      await ready(visitor);
      const { page, chat } = visitor;
      await chat.ask('hello', 'I understand a few things about tasks');
      for (const name of ['Close', 'New chat', 'History']) {
        const box = await page.getByRole('button', { name, exact: true }).boundingBox();
        expect(box).not.toBeNull();
        expect(box?.x).toBeGreaterThanOrEqual(0);
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
        expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
      }
      const composer = await chat.composer.boundingBox();
      expect((composer?.y ?? 0) + (composer?.height ?? 0)).toBeLessThanOrEqual(height);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      await page.getByRole('button', { name: 'Close', exact: true }).click();
      await chat.bubble.waitFor();
    },
  );

  it.each(['loading', 'error'] as const)('W9: can be used at a zoom of 400 %: %s', async (name) => {
    const { before, reach, attributes } = states[name] ?? {};
    const visitor = await open(attributes, { viewport: { width: 320, height: 256 } });
    await before?.(visitor);
    await visitor.goto();
    await reach?.(visitor);
    const { page, chat } = visitor;
    await chat.panel.getByRole('textbox').fill('hello');
    await chat.panel.getByRole('textbox').press('Enter');
    expect(await violations(page)).toEqual([]);
    for (const control of await chat.panel.locator('button, a, textarea').all()) {
      // Scrolls to it, and fails where something else is in front of its middle.
      await control.hover();
    }
  });

  it('W9: is not on paper', async () => {
    const visitor = await open({ teaser: 'Ask us', 'teaser-delay': '0' });
    await visitor.goto();
    await visitor.page.getByText('Ask us').waitFor();
    await visitor.page.emulateMedia({ media: 'print' });
    expect(await visitor.page.getByText('Ask us').isVisible()).toBe(false);
    expect(await visitor.chat.bubble.isVisible()).toBe(false);
  });
});
