import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { FileChooser } from 'playwright-core';
import { MemoryStore } from '@taskpilot-chat/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chat } from './support/browser.js';
import { guestPage } from './support/guest-page.js';
import { useWorld } from './support/suite.js';

const folder = mkdtempSync(join(tmpdir(), 'attachments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const stored = () => readdir(join(folder, 'attachments')).catch((): string[] => []);

const suite = useWorld({
  env: {
    HOSTED_ATTACHMENTS: 'on',
    AGENT_MODELS: 'gpt-6-luna,gpt-6-terra',
    DATA_DIR: folder,
    ATTACHMENTS: 'disk',
    ATTACHMENT_MAX_MB: '1',
  },
  dependencies: { store: new MemoryStore() },
  prepare: guestPage,
});

let axe: string;
beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

type FilePayload = Extract<Parameters<FileChooser['setFiles']>[0], { buffer: unknown }>;

const text: FilePayload = {
  name: 'notes.txt',
  mimeType: 'text/plain',
  buffer: Buffer.from('Buy milk'),
};
const enabled = { enabled: true };

interface OpenOptions {
  readonly backend?: 'hosted' | 'self-hosted';
  /** Other parts of the composer. */
  readonly composer?: object;
}

/** The visitor on a page that lets them attach files. */
async function open(
  attachments: object = enabled,
  { backend = 'self-hosted', composer = {} }: OpenOptions = {},
) {
  const visitor = await suite.visit({ reducedMotion: 'reduce' });
  const { page } = visitor;
  await page.addInitScript(
    (given) => {
      Object.assign(window, { taskpilotChat: [['set', { options: given }]] });
    },
    { composer: { attachments, ...composer } },
  );
  const endpoint = `/backends/${backend}/api/chatkit/sessions`;
  await page.goto(`${suite.world.url}/guest?session-endpoint=${endpoint}`);
  const chat = new Chat(page);
  await chat.bubble.click();
  await chat.composer.waitFor();
  const paperclip = chat.frame.getByRole('button', { name: 'Attach files' });
  return {
    ...visitor,
    chat,
    paperclip,
    draft: chat.frame.getByRole('list', { name: 'Files of this message' }),
    picture: { name: 'page.png', mimeType: 'image/png', buffer: await page.screenshot() },
    attach: async (...files: FilePayload[]): Promise<void> => {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), paperclip.click()]);
      await chooser.setFiles(files);
    },
  };
}

/** What the model was asked last. */
const asked = (): string => {
  const requests = suite.world.sandbox.requests.filter(({ path }) => path === '/v1/responses');
  return (
    requests.map(({ body }) => JSON.stringify(body)).findLast((body) => !/title/i.test(body)) ?? ''
  );
};

describe('A5: Attaching files', () => {
  it('A5: a picture and a text reach the model, and the picture shows after a reload', async () => {
    const { chat, page, attach, draft, picture, problems } = await open();
    await attach(picture, text);
    await draft.getByText('8 bytes').waitFor();
    await chat.ask('What do you see?', /./);
    expect(await draft.count()).toBe(0);
    expect(asked()).toContain(`data:image/png;base64,${picture.buffer.toString('base64')}`);
    expect(asked()).toContain('Buy milk');
    const sent = chat.questions.getByRole('list', { name: 'Files' });
    await page.reload();
    await sent.getByText('notes.txt').waitFor();
    const image = sent.getByRole('img', { name: 'page.png' });
    await expect
      .poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(0);
    expect(problems).toEqual([]);
  });

  it('A5: a picture alone is a message', async () => {
    const { chat, attach, picture } = await open();
    expect(await chat.send.getAttribute('aria-disabled')).toBe('true');
    await attach(picture);
    await chat.frame.getByRole('button', { name: 'Send', disabled: false }).click();
    await chat.frame.getByRole('article', { name: 'Assistant' }).waitFor();
    await chat.questions.getByRole('img', { name: 'page.png' }).waitFor();
  });

  it('A5: a file that is removed before the message is sent is deleted', async () => {
    const { chat, page, attach, draft, picture } = await open();
    const before = await stored();
    await attach(picture, text);
    await draft.getByText('8 bytes').waitFor();
    await expect.poll(async () => (await stored()).length).toBe(before.length + 2);
    await page.keyboard.press('Shift+Tab');
    await draft.getByRole('button', { name: 'Remove page.png' }).press('Enter');
    await expect.poll(async () => (await stored()).length).toBe(before.length + 1);
    expect(await draft.getByRole('listitem').count()).toBe(1);
    await chat.ask('And now?', /./);
    expect(asked()).not.toContain('image/png');
  });

  it('A5: what the page or the service does not accept is refused in a sentence', async () => {
    const { attach, draft, chat } = await open({
      enabled: true,
      maxSize: { 'image/*': 1000, '*': 2 ** 21 },
      maxCount: 3,
    });
    const buffer = Buffer.alloc(1.5 * 2 ** 20, 'a');
    await attach(
      { name: 'large.png', mimeType: 'image/png', buffer },
      { ...text, name: 'large.txt', buffer },
      { name: 'run.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') },
      text,
    );
    const alerts = draft.getByRole('alert');
    await expect
      .poll(() => alerts.allInnerTexts())
      .toEqual([
        'This file is larger than 1000 bytes.',
        'A file can have 1 MB at most.',
        'Files of this type are not accepted. These are: PNG, JPEG, GIF, WebP, PDF, text, Markdown, CSV, JSON.',
      ]);
    await chat.ask('Just the text', /./);
    expect(asked()).toContain('Buy milk');
    expect(await chat.questions.getByRole('listitem').allInnerTexts()).toEqual(['notes.txt']);
  });

  it('A5: can be used by keyboard, and axe finds nothing', async () => {
    const { chat, page, draft, paperclip, picture } = await open();
    // Asked for early: the browser opens its own dialog until it has heard, in each frame, who takes it.
    const choosing = page.waitForEvent('filechooser');
    await chat.composer.focus();
    await page.keyboard.press('Tab');
    expect(await paperclip.evaluate((element) => element.matches(':focus-visible'))).toBe(true);
    await page.keyboard.press('Enter');
    const chooser = await choosing;
    await chooser.setFiles([picture, { ...text, mimeType: 'text/html' }]);
    await draft.getByRole('alert').waitFor();
    await draft.getByText('KB').waitFor();
    const frame = page.frames().find((each) => each.url().includes('/deployments/chatkit/'));
    await frame?.evaluate(axe);
    const before = await frame?.evaluate<AxeResults>('axe.run(document)');
    expect(before?.violations.map(({ id }) => id)).toEqual([]);
    await chat.ask('hello', /./);
    const after = await frame?.evaluate<AxeResults>('axe.run(document)');
    expect(after?.violations.map(({ id }) => id)).toEqual([]);
  });

  it('A5: takes what is dropped and pasted', async () => {
    const { chat, draft } = await open();
    const drop = (selector: string, type: string) =>
      chat.frame.locator(selector).evaluate((target, kind) => {
        const data = new DataTransfer();
        data.items.add(new File(['abc'], `${kind}.txt`, { type: 'text/plain' }));
        target.dispatchEvent(
          kind === 'paste'
            ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }),
        );
      }, type);
    await drop('.log, .start', 'drop');
    await drop('textarea', 'paste');
    await draft.getByText('3 bytes').nth(1).waitFor();
    expect(await draft.getByRole('listitem').count()).toBe(2);
  });

  it('A5: a hosted chat takes files where the operator allows it', async () => {
    const { chat, attach, draft, picture, page } = await open(enabled, { backend: 'hosted' });
    await attach(picture, text);
    await draft.getByText('8 bytes').waitFor();
    await chat.ask('hello', /./);
    await page.reload();
    await chat.questions.getByRole('img', { name: 'page.png' }).waitFor();
    const session = suite.world.sandbox.requests.findLast(({ path }) => path.endsWith('/sessions'));
    expect(session?.body).toMatchObject({
      chatkit_configuration: { file_upload: { enabled: true, max_file_size: 1 } },
    });
  });

  it('A5: the composer has only what the operator offers, and a chosen model answers', async () => {
    const models = [
      { id: 'gpt-6-luna', label: 'Fast', default: true },
      { id: 'gpt-6-terra', label: 'Thorough' },
    ];
    const composer = { models, dictation: { enabled: true } };
    const own = await open(enabled, { composer });
    expect(await own.paperclip.count()).toBe(1);
    await own.chat.frame.getByRole('combobox', { name: 'Model' }).selectOption('Thorough');
    await own.chat.ask('hello', /./);
    expect(asked()).toContain('"model":"gpt-6-terra"');
    const hosted = await open(enabled, { composer, backend: 'hosted' });
    expect(await hosted.paperclip.count()).toBe(1);
    expect(await hosted.chat.frame.getByRole('combobox').count()).toBe(0);
  });

  it('A5: a page that does not let visitors attach files has no paperclip', async () => {
    const { paperclip } = await open({ enabled: false });
    expect(await paperclip.count()).toBe(0);
  });
});
