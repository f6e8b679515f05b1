import { brotliCompressSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Chat, networks, throttle } from '../e2e/support/browser.js';
import { useWorld } from '../e2e/support/suite.js';
import { built } from '../e2e/support/world.js';
import { median, print, round } from './support/figures.js';

const rounds = 9;

const brotli = (text: string | Buffer): number => brotliCompressSync(text).length;

/** The smallest element of Lit's: what any of its elements costs. */
const litHello = `
  import { LitElement, html } from 'lit';
  customElements.define('lit-hello', class extends LitElement {
    render() { return html\`<button>Hello</button>\`; }
  });
  document.body.append(document.createElement('lit-hello'));`;

const options = {
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  conditions: ['browser'],
  // Side effects are declared for dist/ only.
  ignoreAnnotations: true,
  logLevel: 'silent',
} as const satisfies BuildOptions;

const helloBuild = await build({
  ...options,
  stdin: { contents: litHello, resolveDir: built('widget') },
  format: 'iife',
});
const hello = helloBuild.outputFiles[0]?.text ?? '';

const suite = useWorld({
  prepare: (app, sandbox) => {
    const { chatkitSrc } = sandbox.base();
    const pages = {
      empty: '',
      hello: '<script src="/bench/hello.js"></script>',
      widget: `<script src="/taskpilot-chat.js" data-chatkit-src="${chatkitSrc}"></script>`,
      chatkit: `<script src="${chatkitSrc}"></script><script>document.body.append(document.createElement('openai-chatkit'))</script>`,
    };
    for (const [name, body] of Object.entries(pages)) {
      app.get(`/bench/${name}`, (_request, reply) =>
        reply
          .type('text/html')
          .send(
            `<!doctype html><html lang="en"><title>x</title><link rel="icon" href="data:,"><body>${body}`,
          ),
      );
    }
    app.get('/bench/hello.js', (_request, reply) => reply.type('text/javascript').send(hello));
  },
});

const visit = () => suite.visit({ reducedMotion: 'reduce' });

describe('What the widget costs a page', () => {
  it('in bytes, by module', async () => {
    const { metafile } = await build({
      ...options,
      entryPoints: [built('widget/define.ts')],
      format: 'esm',
      // Languages are modules of their own.
      splitting: true,
      outdir: 'out',
    });
    const output = Object.values(metafile.outputs).find(({ entryPoint }) =>
      entryPoint?.endsWith('define.ts'),
    );
    const modules = Object.entries(output?.inputs ?? {})
      .map(([path, { bytesInOutput: bytes }]) => ({
        module: path.replace(/^.*node_modules\//, ''),
        bytes,
      }))
      .sort((one, other) => other.bytes - one.bytes);
    print('Bytes of the modules, minified', modules);
    const widget = brotli(readFileSync(built('widget/dist/taskpilot-chat.js')));
    print('Bytes brotli', [
      { script: 'Lit hello', bytes: brotli(hello) },
      { script: 'widget', bytes: widget },
    ]);
    expect(widget / brotli(hello)).toBeLessThan(5);
  });

  it('in time until it is there, at a quarter of the processor’s speed', async () => {
    const names = ['empty', 'hello', 'widget', 'chatkit'] as const;
    const times = Object.fromEntries(
      names.map((name) => [name, { script: [] as number[], blocking: [] as number[] }]),
    );
    for (let index = 0; index < rounds; index++) {
      for (const name of names) {
        const visitor = await visit();
        const { page } = visitor;
        const session = await page.context().newCDPSession(page);
        await session.send('Performance.enable');
        await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
        await page.addInitScript(() => {
          const blocking: number[] = [];
          Object.assign(window, { blocking });
          new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) blocking.push(duration - 50);
          }).observe({ type: 'longtask', buffered: true });
        });
        await page.goto(`${suite.world.url}/bench/${name}`);
        await page.waitForLoadState('networkidle');
        const { metrics } = await session.send('Performance.getMetrics');
        const script =
          metrics.find(({ name: metric }) => metric === 'ScriptDuration')?.value ?? NaN;
        times[name]?.script.push(script * 1000);
        const blocking = await page.evaluate<number[]>('blocking');
        times[name]?.blocking.push(blocking.reduce((sum, value) => sum + value, 0));
        await visitor.close();
      }
    }
    const script = (name: string) => median(times[name]?.script ?? []);
    print(
      `Until the page is idle at 4 × throttle, median of ${rounds}`,
      names.map((name) => ({
        page: name,
        'script ms': round(script(name), 1),
        '× hello': round(script(name) / script('hello'), 2),
        'blocking ms': round(median(times[name]?.blocking ?? [])),
      })),
    );
    // The goal is 2; 3.6 to 3.9 is reached, and this keeps it from growing.
    expect(script('widget') / script('hello')).toBeLessThan(5);
  }, 300_000);

  /** Milliseconds from the click until a text field can be typed in: the widget's own, or ChatKit's. */
  async function typing(page: Page): Promise<number> {
    const chat = new Chat(page);
    await page.goto(`${suite.world.url}/bench/widget`);
    await chat.bubble.waitFor();
    const began = await page.evaluate(() => {
      const host = document.querySelector('taskpilot-chat');
      const root = host?.shadowRoot;
      Object.assign(window, {
        typed: new Promise<number>((resolve) => {
          root?.querySelector('[part=launcher]')?.addEventListener('click', () => {
            const start = performance.now();
            const look = () => {
              const field = root.querySelector('textarea');
              const isReady = (host as HTMLElement & { state: string }).state === 'ready';
              if (field?.checkVisibility({ visibilityProperty: true }) || isReady) {
                resolve(performance.now() - start);
              } else requestAnimationFrame(look);
            };
            look();
          });
        }),
      });
      return true;
    });
    expect(began).toBe(true);
    await chat.bubble.click();
    return page.evaluate<number>('typed');
  }

  it('in time from the click until the visitor can type', async () => {
    const times: Record<string, number[]> = { 'this network': [], 'slow 4G': [] };
    for (let index = 0; index < rounds; index++) {
      for (const [name, values] of Object.entries(times)) {
        const visitor = await visit();
        if (name === 'slow 4G') await throttle(visitor.page, networks.slow4g);
        values.push(await typing(visitor.page));
        await visitor.close();
      }
    }
    print(
      `From click to typing, median of ${rounds} (goal 100 ms)`,
      Object.entries(times).map(([network, values]) => ({ network, ms: round(median(values)) })),
    );
    expect(Object.values(times).flat().every(Number.isFinite)).toBe(true);
  }, 300_000);

  it('in memory after 100 times open and close, and 50 times placed and removed', async () => {
    const { page } = await visit();
    const chat = new Chat(page);
    await page.goto(`${suite.world.url}/bench/widget`);
    await chat.bubble.click();
    await chat.composer.waitFor();
    const session = await page.context().newCDPSession(page);
    const measure = async () => {
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
      return { KiB: usedSize / 1024, nodes, listeners: jsEventListeners };
    };
    const repeat = (count: number, action: string) =>
      page.evaluate(`(async () => {
        for (let index = 0; index < ${count}; index++) {
          ${action}
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
      })()`);
    const openClose = `const chat = document.querySelector('taskpilot-chat'); chat.toggle();`;
    const addRemove = `document.querySelectorAll('body > taskpilot-chat').forEach((chat) => chat.remove());
      if (index % 2 === 0) document.body.append(document.createElement('taskpilot-chat'));`;
    // The first rounds compile and fill caches.
    await repeat(20, openClose);
    await repeat(20, addRemove);
    const rows = [{ after: 'the first rounds', ...(await measure()) }];
    await repeat(200, openClose);
    rows.push({ after: '100 times open and close', ...(await measure()) });
    await repeat(100, addRemove);
    rows.push({ after: '50 times placed and removed', ...(await measure()) });
    print(
      'Memory of the page',
      rows.map((row) => ({ ...row, KiB: round(row.KiB) })),
    );
    const [first, , last] = rows;
    expect(last?.listeners).toBeLessThanOrEqual((first?.listeners ?? NaN) + 2);
    expect(last?.nodes).toBeLessThanOrEqual((first?.nodes ?? NaN) + 20);
    expect((last?.KiB ?? NaN) / (first?.KiB ?? NaN)).toBeLessThan(1.25);
  }, 120_000);
});
