import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hostPages } from '../hosts/pages.js';
import { addHostPages } from '../hosts/serve.js';
import { engines, type EnginePage } from '../support/engines.js';
import { startWorld, type World } from '../support/world.js';

/** A page without a widget. */
const blankPath = '/blank';
const blank = '<!doctype html><title>x</title>';

/** A page of another site than the service's, localhost. */
const otherServer = createServer(({ url }, response) => {
  const { chatkitSrc } = world.sandbox.base();
  const tag = `<script src="${world.url}/taskpilot-chat.js" data-chatkit-src="${chatkitSrc}"></script>`;
  response
    .writeHead(200, { 'content-type': 'text/html' })
    .end(url === blankPath ? blank : blank + tag);
});
let otherSite: string;
let world: World;

beforeAll(async () => {
  await new Promise<void>((resolve) => otherServer.listen(0, '127.0.0.1', resolve));
  otherSite = `http://127.0.0.1:${(otherServer.address() as AddressInfo).port}`;
  world = await startWorld({
    env: { ALLOWED_ORIGINS: otherSite },
    prepare: (app, sandbox) => {
      addHostPages(app, sandbox);
      app.get(blankPath, { schema: { hide: true } }, (_request, reply) =>
        reply.type('text/html').send(blank),
      );
    },
  });
});
afterAll(async () => {
  otherServer.close();
  otherServer.closeAllConnections();
  await world.close();
});

const root = `document.querySelector('taskpilot-chat').shadowRoot`;
/** The element of the page, or the one in its shadow root. */
const anywhere = `(document.querySelector('taskpilot-chat') ?? document.querySelector('#host').shadowRoot.querySelector('taskpilot-chat'))`;
const bubble = `${root}.querySelector('[part=launcher]')`;
const state = `document.querySelector('taskpilot-chat')?.state`;

/** In ChatKit's frame. */
const composer = `document.querySelector('.composer textarea')`;

/** Until the expression's value is as expected. */
const until = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 15_000 });

describe.each(Object.entries(engines))('In %s', (_name, start) => {
  let page: EnginePage;
  beforeAll(async () => {
    page = await start();
  }, 60_000);
  afterAll(() => page.close());

  const text = () => page.valueInChat('document.body.innerText');
  const open = async (url: string): Promise<void> => {
    // On a page of the same origin without a widget: a running one stores its state again whenever it changes.
    await page.goto(new URL(blankPath, url).href);
    await page.value('sessionStorage.clear()');
    await page.goto(url);
    await until(() => page.value(`!!document.querySelector('taskpilot-chat')?.shadowRoot`)).toBe(
      true,
    );
  };
  const ask = async (question: string, answer: string): Promise<void> => {
    await until(() => page.value(state)).toBe('ready');
    // A click can miss while the panel moves into its place.
    await vi.waitFor(async () => {
      await page.clickInChat(composer);
      expect(
        await page.valueInChat(`document.hasFocus() && document.activeElement === ${composer}`),
      ).toBe(true);
    }, 15_000);
    await page.type(question);
    await page.press('Enter');
    await until(text).toContain(answer);
  };

  it.each(['', '?backend=self-hosted'])(
    'FR-007: a message is answered, and the conversation is there after a reload %s',
    async (query) => {
      const url = `${world.url}/${query}`;
      await open(url);
      await page.click(bubble);
      await ask('add water the plants', 'Added water the plants');
      await page.goto(url);
      await until(text).toContain('Added water the plants');
      await ask('list', 'open tasks:');
    },
    60_000,
  );

  it('is opened with Enter, closed with Escape, and gives the focus back', async () => {
    // Not a page in quirks mode: there Puppeteer takes the content's height in Firefox for the viewport's, and cannot click.
    await open(`${world.url}/hosts/zone`);
    await page.value(`${bubble}.focus()`);
    await page.press('Enter');
    // WebKit gives no focus to the frame of another site before a gesture in it.
    await ask('hello', 'I understand a few things about tasks');
    await page.value(`${root}.querySelector('[part=close]').focus()`);
    await page.press('Escape');
    await until(() => page.value(`document.querySelector('taskpilot-chat').open`)).toBe(false);
    expect(await page.value(`${bubble} === ${root}.activeElement`)).toBe(true);
    expect(await page.value(`${bubble}.getAttribute('aria-expanded')`)).toBe('false');
  }, 60_000);

  it('W3, W28: a visitor on another site stays the same, and can log out, whatever the browser does with its cookies', async () => {
    const url = `${otherSite}/`;
    const before = world.sandbox.requests.length;
    for (let visit = 0; visit < 2; visit++) {
      await open(url);
      await page.click(bubble);
      await until(() => page.value(state)).toBe('ready');
    }
    const users = world.sandbox.requests
      .slice(before)
      .filter(({ path }) => path === '/v1/chatkit/sessions')
      .map(({ body }) => (body as { user: string }).user);
    expect(users).toHaveLength(2);
    expect(new Set(users).size).toBe(1);
    // The log-out, too, is theirs.
    await page.value(`void document.querySelector('taskpilot-chat').resetSession()`);
    const isEnded = () =>
      world.sandbox.requests.slice(before).some(({ path }) => path.endsWith('/cancel'));
    await until(() => Promise.resolve(isEnded())).toBe(true);
  }, 60_000);

  it.each([...Object.keys(hostPages({ chatkitSrc: 'http://localhost/' })), 'xhtml'])(
    'the chat opens, at its corner: %s',
    async (name) => {
      await page.goto(`${world.url}/hosts/${name}`);
      await until(() =>
        page.value(`!!${anywhere}?.shadowRoot?.querySelector('[part=launcher]')`),
      ).toBe(true);
      await page.value(`${anywhere}.show()`);
      await until(() => page.value(`${anywhere}.state`)).toBe('ready');
      // A text, for some of the pages change what arrays are as JSON.
      const places = await page.value(
        `(({ right, bottom }) => right + ' ' + bottom + ' ' + innerWidth + ' ' + innerHeight)(${anywhere}.shadowRoot.querySelector('[part=launcher]').getBoundingClientRect())`,
      );
      const [right = NaN, bottom = NaN, width = NaN, height = NaN] = String(places)
        .split(' ')
        .map(Number);
      // A scroll bar may take some of the width.
      expect(Math.abs(width - 20 - right)).toBeLessThanOrEqual(20);
      expect(Math.abs(height - 20 - bottom)).toBeLessThanOrEqual(2);
    },
    60_000,
  );
});
