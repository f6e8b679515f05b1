import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, networks, throttle, visit, type Network } from '../e2e/support/browser.js';
import { built, startWorld, type World } from '../e2e/support/world.js';
import { median, print, round } from './support/figures.js';

const rounds = 15;

describe('The one script', () => {
  it('has at most 25,760 bytes brotli', () => {
    const bytes = brotliCompressSync(readFileSync(built('widget/dist/taskpilot-chat.js'))).length;
    print('Bytes brotli', [
      { script: 'a Lit hello (measured once)', bytes: 5464 },
      { script: 'Chatwoot’s loader (measured once)', bytes: 8527 },
      { script: 'widget/dist/taskpilot-chat.js', bytes },
    ]);
    expect(bytes).toBeLessThanOrEqual(25_760);
  });
});

describe('From click to ready', () => {
  let browser: Browser;
  let world: World;
  beforeAll(async () => {
    [browser, world] = await Promise.all([
      launchBrowser(),
      startWorld({
        prepare: (app, sandbox) => {
          const { chatkitSrc } = sandbox.base();
          for (const [path, page] of [
            ['/bench/bare', barePage],
            ['/bench/widget', widgetPage],
          ] as const) {
            app.get(path, (_request, reply) => reply.type('text/html').send(page(chatkitSrc)));
          }
        },
      }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([browser.close(), world.close()]);
  });

  const html = (body: string) => `<!doctype html><html lang="en"><title>x</title><body>${body}`;

  /** The same as the widget's page, written by hand: script and session at the click, in parallel. */
  const barePage = (chatkitSrc: string) =>
    html(`<button type="button">Chat</button><div style="height:600px"></div><script>
      document.querySelector('button').onclick = async () => {
        performance.mark('click');
        const script = Object.assign(document.createElement('script'), { src: '${chatkitSrc}' });
        const loaded = new Promise((resolve) => { script.onload = resolve; });
        document.head.append(script);
        const session = await (await fetch('/api/chatkit/sessions', {
          method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}',
        })).json();
        await loaded;
        const element = document.createElement('openai-chatkit');
        const used = new Promise((resolve) => {
          element.setOptions({ api: { getClientSecret: async () => { resolve(); return session.client_secret; } } });
        });
        const ready = new Promise((resolve) => element.addEventListener('chatkit.ready', resolve));
        document.querySelector('div').append(element);
        await Promise.all([used, ready]);
        performance.mark('ready');
      };
    </script>`);

  const widgetPage = (chatkitSrc: string) =>
    html(`<script src="/taskpilot-chat.js" data-chatkit-src="${chatkitSrc}"></script><script>
      addEventListener('click', () => performance.mark('click'), true);
      addEventListener('taskpilot-ready', () => performance.mark('ready'));
    </script>`);

  /** Milliseconds from the click on the one button to a chat that can be used. */
  async function measure(path: string, network: Network | null, restMs: number): Promise<number> {
    const visitor = await visit(browser);
    const { page } = visitor;
    try {
      await page.goto(world.url + path);
      const button = page.getByRole('button', { name: 'Chat' });
      await button.waitFor();
      if (network) await throttle(page, network);
      if (restMs > 0) {
        await button.hover();
        await pointerRested(page, restMs);
      }
      await button.click();
      return await page.evaluate(async () => {
        const at = (name: string) => performance.getEntriesByName(name)[0]?.startTime;
        while (at('ready') === undefined) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        return Math.max(0, (at('ready') ?? NaN) - (at('click') ?? NaN));
      });
    } finally {
      await visitor.close();
    }
  }

  /** What is measured is a visitor whose pointer rests, so here time itself is the condition. */
  const pointerRested = (page: Page, ms: number) =>
    page.evaluate(async (duration) => {
      const start = performance.now();
      while (performance.now() - start < duration) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    }, ms);

  it.each([
    ['this machine’s own network', null],
    [
      'a network with 40 ms to and fro',
      { ...networks.slow4g, downloadThroughput: -1, uploadThroughput: -1, latency: 40 },
    ],
  ] as const)(
    'is at most 1.1 times a bare page, and under 0.7 after a rest on the bubble, over %s',
    async (name, network) => {
      const times = { bare: [] as number[], widget: [] as number[], rested: [] as number[] };
      for (let index = 0; index < rounds; index++) {
        times.bare.push(await measure('/bench/bare', network, 0));
        times.widget.push(await measure('/bench/widget', network, 0));
        times.rested.push(await measure('/bench/widget', network, 300));
      }
      const base = median(times.bare);
      print(
        `From click to ready over ${name}, median of ${rounds}`,
        Object.entries(times).map(([page, values]) => ({
          page:
            { bare: 'bare page', widget: 'widget', rested: 'widget, pointer rested 300 ms' }[
              page
            ] ?? page,
          ms: round(median(values)),
          '× bare': round(median(values) / base, 2),
        })),
      );
      expect(median(times.widget) / base).toBeLessThanOrEqual(1.1);
      expect(median(times.rested) / base).toBeLessThan(0.7);
    },
    180_000,
  );
});
