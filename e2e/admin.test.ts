import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { StreamError, type Responder } from '@taskpilot-chat/server/chatkit';
import { launchBrowser, phone, visit } from './support/browser.js';
import { startWorld, type World } from './support/world.js';

const adminToken = 'admin-token-for-journeys-0123456789';
const readToken = 'reading-token-for-journeys-0123456789';
/** Where pictures of the views go, for people who want to see them. */
const pictures = process.env['ADMIN_SCREENSHOTS'];

/** Looks something up, answers, and fails when it is asked to. */
const responder: Responder = {
  async *respond(thread, message, { newId, now }) {
    const text = message?.content.map((part) => part.text).join('') ?? '';
    const common = { thread_id: thread.id, created_at: now() };
    thread.title = text;
    await Promise.resolve();
    yield {
      type: 'thread.item.done',
      item: {
        type: 'workflow',
        id: newId('workflow'),
        ...common,
        workflow: {
          type: 'custom',
          tasks: [
            { type: 'custom', title: 'Looked at the calendar', status_indicator: 'complete' },
          ],
        },
      },
    } as never;
    yield {
      type: 'thread.item.done',
      item: {
        type: 'hidden_context_item',
        id: newId('message'),
        ...common,
        content: 'The user prefers mornings.',
      },
    };
    yield {
      type: 'thread.item.done',
      item: {
        type: 'assistant_message',
        id: newId('message'),
        ...common,
        content: [{ type: 'output_text', text: `You said: ${text}`, annotations: [] }],
      },
    };
    if (text.includes('fail')) throw new StreamError();
  },
};

let world: World;
let browser: Browser;
let axe: string;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskpilot-admin-'));
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  [browser, world] = await Promise.all([
    launchBrowser(),
    startWorld({
      env: {
        DATA_DIR: dataDir,
        CHATKIT_BACKENDS: 'self-hosted',
        ADMIN_TOKEN: adminToken,
        ADMIN_READ_TOKEN: readToken,
        MESSAGE_LIMIT_PER_MINUTE: '1000',
      },
      dependencies: { responder },
    }),
  ]);
  if (pictures !== undefined) await mkdir(pictures, { recursive: true });
}, 120_000);
afterAll(async () => {
  await Promise.all([browser.close(), world.close()]);
  await rm(dataDir, { recursive: true });
});

/** Chats as a new visitor, with a thumbs-down where it is asked for. */
async function chat(text: string, disliked = false): Promise<void> {
  const post = (path: string, body: object, token?: string) =>
    fetch(world.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
  const session = await post('/api/chatkit/sessions', {});
  const { client_secret: secret } = (await session.json()) as { client_secret: string };
  const input = { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} };
  const stream = await post('/api/chatkit', { type: 'threads.create', params: { input } }, secret);
  const events = await stream.text();
  if (!disliked) return;
  const [, thread] = /"thread":\{"id":"([^"]+)"/.exec(events) ?? [];
  const [, item] = /"type":"assistant_message","id":"([^"]+)"/.exec(events) ?? [];
  const params = { thread_id: thread, item_ids: [item], kind: 'negative' };
  const given = await post('/api/chatkit', { type: 'items.feedback', params }, secret);
  expect(given.status).toBe(200);
}

/** The operator’s page before the log-in; what its policy has refused is among the problems. */
async function open(options: BrowserContextOptions = {}) {
  const visitor = await visit(browser, {
    viewport: { width: 1100, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  });
  onTestFinished(() => visitor.close());
  await visitor.page.goto(`${world.url}/admin`);
  return visitor;
}

async function logIn(page: Page, token = adminToken): Promise<void> {
  await page.getByLabel(/^Token/).fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** What axe-core finds, and whether something is wider than the page. */
async function faults(page: Page): Promise<string[]> {
  // Playwright's own evaluation is not bound by the policy of the page.
  await page.evaluate(axe);
  const results = await page.evaluate<AxeResults>('axe.run(document)');
  expect(results.passes.map(({ id }) => id)).toContain('landmark-one-main');
  const isWide = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  return [
    ...results.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    ),
    ...(isWide ? ['wider than the window'] : []),
  ];
}

async function look(page: Page, name: string): Promise<void> {
  expect(await faults(page), name).toEqual([]);
  if (pictures !== undefined) {
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }
}

const found = (page: Page) => page.getByRole('list', { name: 'Conversations found' });

describe('The operator’s page', () => {
  it('says that nothing is there yet, and where a token is wrong', async () => {
    const { page, problems } = await open();
    await look(page, 'log-in');
    await logIn(page, 'a-wrong-token-0123456789');
    await page.getByRole('alert').getByText('This token is not accepted.').waitFor();
    await look(page, 'log-in-refused');
    await logIn(page);
    await page.getByText('There are no conversations yet.').waitFor();
    await look(page, 'list-empty');
    // The browser’s own line about the refusal; the policy has refused nothing.
    expect(problems.filter((line) => !line.includes('401'))).toEqual([]);
  });

  it('finds, reads, exports and deletes conversations, and records it', async () => {
    await chat('Plan the week with Özlem');
    await chat('please fail');
    await chat('Order paper', true);
    const { page, problems } = await open();
    await logIn(page);
    await found(page).getByRole('link').nth(2).waitFor();
    expect(await found(page).getByRole('link').count()).toBe(3);
    await look(page, 'list');

    // By keyboard alone.
    const search = page.getByRole('searchbox');
    await search.fill('özlem');
    await search.press('Enter');
    await expect.poll(() => found(page).getByRole('link').count()).toBe(1);
    await page.getByRole('button', { name: 'Clear' }).press('Enter');
    await page.getByLabel('Failed').press('Space');
    await found(page).getByRole('link', { name: 'please fail' }).waitFor();
    await expect.poll(() => found(page).getByRole('link').count()).toBe(1);
    await page.getByLabel('Failed').press('Space');
    await page.getByLabel('Thumbs-down').check();
    await expect.poll(() => found(page).getByRole('link').count()).toBe(1);
    await page.getByLabel('to', { exact: true }).fill('2020-01-01');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('No conversation matches.').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();

    await found(page).getByRole('link', { name: 'please fail' }).press('Enter');
    await page.getByRole('heading', { name: 'please fail' }).waitFor();
    await page.getByText('Answer failed').waitFor();
    await page.getByText('Looked at the calendar').waitFor();
    await page.getByText('only the model reads this').waitFor();
    await look(page, 'reader');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export conversation' }).click(),
    ]);
    const exported = JSON.parse(await readFile(await download.path(), 'utf8')) as {
      threads: { thread: { title: string } }[];
    };
    expect(exported.threads.map(({ thread }) => thread.title)).toEqual(['please fail']);

    await page.getByRole('button', { name: 'Delete conversation' }).click();
    await page.getByRole('dialog').getByText('for good?').waitFor();
    await look(page, 'confirm');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Delete conversation' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => found(page).getByRole('link').count()).toBe(2);
    expect(await found(page).getByText('please fail').count()).toBe(0);

    await found(page).getByRole('link', { name: 'Order paper' }).click();
    await page.getByText('thumbs-down').first().waitFor();
    await page.getByRole('button', { name: 'Conversations of this user' }).click();
    await expect.poll(() => found(page).getByRole('link').count()).toBe(1);
    await found(page).getByRole('link').click();
    await page.getByRole('button', { name: 'Delete user' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No conversation matches.').waitFor();

    await page.getByRole('link', { name: 'Figures' }).click();
    await page.getByRole('img', { name: /^Answers: 1\./ }).waitFor();
    await page.getByRole('row').nth(1).getByRole('cell').nth(1).getByText('1').waitFor();
    await look(page, 'figures');
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.getByRole('cell', { name: 'Deleted a user' }).waitFor();
    await page.getByRole('cell', { name: 'Sent a wrong token' }).waitFor();
    await look(page, 'audit');

    // A reload keeps the log-in in this tab, and the place; the address has no token.
    await page.reload();
    await page.getByRole('cell', { name: 'Exported a conversation' }).waitFor();
    expect(page.url()).not.toContain(adminToken);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel(/^Token/).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    expect(problems).toEqual([]);
  });

  it('offers a read-only token no deletion, on a phone, in the dark, from right to left', async () => {
    const { page, problems } = await open({ ...phone, colorScheme: 'dark' });
    await logIn(page, readToken);
    await found(page).getByRole('link').first().waitFor();
    await look(page, 'phone-dark-list');
    await found(page).getByRole('link').first().tap();
    await page.getByText('This token cannot delete.').waitFor();
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await look(page, 'phone-dark-reader');
    for (const view of ['Figures', 'Audit log']) {
      await page.getByRole('link', { name: view }).tap();
      await page.getByRole('row').nth(1).waitFor();
      await look(page, `phone-dark-${view}`);
    }
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await page.getByRole('link', { name: 'Conversations' }).tap();
    await found(page).getByRole('link').first().waitFor();
    await look(page, 'phone-dark-rtl-list');
    expect(problems).toEqual([]);
  });

  it('says that the service is away, and goes on when it is back', async () => {
    const { page } = await open();
    await logIn(page);
    await found(page).getByRole('link').first().waitFor();
    await page.route('**/admin/api/**', (route) => route.abort());
    await found(page).getByRole('link').first().click();
    await page.getByRole('alert').getByText('The service does not answer.').waitFor();
    await look(page, 'away');
    await page.unroute('**/admin/api/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Plan the week' }).waitFor();
  });
});
