import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Scenario } from '@taskpilot-chat/sandbox';
import { ask, openBarePage, say } from './support/bare-page.js';
import { useSandbox } from './support/suite.js';

const suite = useSandbox({ wordDelayMs: 4 });

let axe: string;
beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

const open = (scenario?: Scenario) => openBarePage(suite, scenario);

describe('The chat in the frame', () => {
  it('Edge: secret expires in mid-chat → the visitor notices nothing', async () => {
    const bare = await open('secret-expires');
    await bare.start();
    await ask(bare, 'add feed the cat', 'Added feed the cat');
    await expect
      .poll(
        async () => {
          await ask(bare, 'list', 'feed the cat');
          return bare.asked;
        },
        { timeout: 10_000 },
      )
      .toContain('a secret');
    expect(await bare.frame.getByRole('alert').count()).toBe(0);
  });

  it('offers to try again when an answer is cut off', async () => {
    const bare = await open('stream-breaks');
    await bare.start();
    await say(bare, 'add water the plants');
    await bare.frame.getByRole('alert').getByText('The answer was cut off.').waitFor();
    await bare.frame.getByRole('button', { name: 'Try again' }).click();
    await bare.frame.getByRole('log').getByText('open task').waitFor();
    expect(await bare.frame.getByRole('article', { name: 'Assistant' }).count()).toBe(1);
  });

  it('stops an answer, keeps what was said, and answers again', async () => {
    const bare = await open('slow');
    await bare.start({ threadItemActions: { retry: true } });
    await say(bare, 'explain');
    await bare.frame.getByText('a scripted').waitFor();
    await bare.frame.getByRole('button', { name: 'Stop' }).click();
    await bare.frame.getByText('You stopped this answer.').waitFor();
    expect(await bare.frame.getByRole('article', { name: 'Assistant' }).innerText()).toMatch(
      /^I am/,
    );
    await bare.frame.getByRole('button', { name: 'Answer again' }).click();
    await bare.frame.getByRole('button', { name: 'Stop' }).waitFor();
    expect(await bare.frame.getByRole('article', { name: 'You' }).count()).toBe(1);
  });

  it('runs nothing that is in a message', async () => {
    const bare = await open();
    await bare.start();
    await ask(
      bare,
      'add <img src=x onerror="document.title=\'pwned\'"> [x](javascript:alert)',
      'Added',
    );
    const { frame } = bare;
    expect(await frame.getByRole('article', { name: 'Assistant' }).locator('img, a').count()).toBe(
      0,
    );
    expect(await frame.locator('html').evaluate(() => document.title)).toBe('Chat');
    await ask(bare, 'add see https://example.com/', 'Added');
    const link = frame.getByRole('article', { name: 'Assistant' }).last().getByRole('link').first();
    expect(await link.getAttribute('target')).toBe('_blank');
    expect(await link.getAttribute('rel')).toContain('noopener');
  });

  it('can be used by keyboard: new lines, sending, history, and back', async () => {
    const bare = await open();
    await bare.start({ history: { enabled: true } });
    const message = bare.frame.getByRole('textbox', { name: 'Message' });
    await bare.page.evaluate('chat.focusComposer()');
    await bare.page.keyboard.type('add one');
    await bare.page.keyboard.press('Shift+Enter');
    await bare.page.keyboard.type('two');
    expect(await message.inputValue()).toBe('add one\ntwo');
    await bare.page.keyboard.press('Enter');
    await bare.frame.getByRole('log').getByText('Added one two').waitFor();
    await bare.frame.getByRole('button', { name: 'History' }).press('Enter');
    const panel = bare.frame.getByRole('dialog', { name: 'History' });
    await panel.getByRole('button', { name: 'Rename add one two' }).press('Enter');
    await bare.page.keyboard.type('Numbers');
    await bare.page.keyboard.press('Enter');
    await panel.getByRole('button', { name: /^Numbers/ }).waitFor();
    await bare.page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    await bare.frame.getByRole('heading', { name: 'Numbers' }).waitFor();
    const focused = bare.frame.locator(':focus');
    expect(await focused.getAttribute('aria-label')).toBe('History');
  });

  it('announces an answer once, when it is finished', async () => {
    const bare = await open('slow');
    await bare.start();
    await say(bare, 'list');
    const answer = bare.frame.getByRole('article', { name: 'Assistant' });
    await answer.waitFor();
    expect(await bare.frame.getByRole('log').getAttribute('aria-live')).toBe('polite');
    expect(await answer.getAttribute('aria-live')).toBe('off');
    await bare.frame.getByRole('button', { name: 'Send' }).waitFor();
    expect(await answer.getAttribute('aria-live')).toBeNull();
  });

  it.each(['light', 'dark'] as const)('has no fault that axe finds, in %s', async (theme) => {
    const bare = await open();
    await bare.start({
      theme,
      history: { enabled: true },
      threadItemActions: { retry: true, feedback: true },
      startScreen: { prompts: [{ label: 'Hello', prompt: 'hello' }] },
    });
    await bare.frame.getByRole('button', { name: 'Hello' }).waitFor();
    const inFrame = bare.page.frames()[1];
    await inFrame?.evaluate(axe);
    const faults = async () => {
      const results = await inFrame?.evaluate<AxeResults>('axe.run()');
      return results?.violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
    };
    expect(await faults()).toEqual([]);
    for (const text of ['add feed the cat', 'table', 'code', 'explain']) await ask(bare, text, '');
    expect(await faults()).toEqual([]);
    await bare.frame.getByRole('button', { name: 'History' }).click();
    await bare.frame
      .getByRole('button', { name: /^Delete / })
      .first()
      .click();
    expect(await faults()).toEqual([]);
  });

  it('says what it is, at every moment', async () => {
    for (const options of [{}, { header: { enabled: false }, disclaimer: { text: 'x' } }]) {
      const bare = await open();
      await bare.start(options);
      const words = bare.frame.getByText('Local sandbox, not OpenAI');
      await words.waitFor();
      await ask(bare, 'hello', 'I understand');
      expect(await words.isVisible()).toBe(true);
    }
  });

  it('talks to a self-hosted server through the page’s own fetch, and to nobody before', async () => {
    const bare = await open();
    await bare.page.evaluate(`
      window.posts = [];
      const events = [
        { type: 'thread.created', thread: { id: 'thr_1', created_at: '2025-11-24T10:00:00Z' } },
        { type: 'thread.item.done', item: { type: 'assistant_message', id: 'msg_1',
          content: [{ type: 'output_text', text: 'From **our** server', annotations: [] }] } },
      ];
      const own = async (url, init) => {
        posts.push([url, JSON.parse(init.body).type]);
        if (posts.length === 1) return new Response('<p>Restarting</p>', { status: 502 });
        return new Response(events.map((event) => 'data: ' + JSON.stringify(event) + '\\n\\n').join(''),
          { headers: { 'content-type': 'text/event-stream' } });
      };
      chat.setOptions({ api: { url: '/api/chatkit', domainKey: 'domain_pk_localhost_dev', fetch: own } });
      document.body.append(chat);
    `);
    await bare.frame.getByRole('textbox', { name: 'Message' }).waitFor();
    expect(await bare.page.evaluate('posts')).toEqual([]);
    await ask(bare, 'hello', 'From our server');
    const url = new URL('/api/chatkit', bare.page.url()).href;
    expect(await bare.page.evaluate('posts')).toEqual([
      [url, 'threads.create'],
      [url, 'threads.create'],
    ]);
    expect(bare.asked).toEqual([]);
  });
});
