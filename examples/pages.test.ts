import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pages, renderPage, type Page, type PageContext } from './pages.js';

const openAi: PageContext = { prefix: '', chatkitSrc: null, strip: '' };
const sandbox: PageContext = {
  prefix: '/scenarios/slow',
  chatkitSrc: 'http://localhost:4000/scenarios/slow/deployments/chatkit/chatkit.js',
  strip: '<aside>strip</aside>',
};

const folder = new URL('./pages/', import.meta.url);
const read = (page: Page) => readFileSync(new URL(page.file, folder), 'utf8');

describe('renderPage', () => {
  it('serves every file of the folder, and only those', () => {
    expect(pages.map(({ file }) => file).sort()).toEqual(readdirSync(folder).sort());
  });

  it.each(pages)('puts nothing of the sandbox into $file when OpenAI answers', (page) => {
    const file = read(page);
    const { html, policy } = renderPage(page, file, openAi);
    const left = html
      .replace(/nonce="[^"]+"/, 'nonce="{{nonce}}"')
      .replace(policy.replaceAll('; ', ';\n'), '{{policy}}');
    expect(left).toBe(file.replace('<!-- strip -->', ''));
    if (page.path !== '/playground')
      expect(policy).toContain('frame-src https://cdn.platform.openai.com;');
  });

  it('points endpoint and script to the scenario, on the script tag and on the element', () => {
    const rendered = (text: string) => renderPage({ ...first(), file: '' }, text, sandbox).html;
    expect(rendered('<script data-session-endpoint="/api/chatkit/sessions">')).toBe(
      `<script data-session-endpoint="/scenarios/slow/api/chatkit/sessions" data-chatkit-src="${String(sandbox.chatkitSrc)}">`,
    );
    expect(rendered('<taskpilot-chat session-endpoint="/api/chatkit/sessions">')).toBe(
      `<taskpilot-chat session-endpoint="/scenarios/slow/api/chatkit/sessions" chatkit-src="${String(sandbox.chatkitSrc)}">`,
    );
  });

  it.each(pages)('allows the sandbox in OpenAI’s place in the policy of $file', (page) => {
    const { html, policy } = renderPage(page, read(page), sandbox);
    if (page.path !== '/playground') expect(policy).toContain('frame-src http://localhost:4000;');
    expect(policy + html).not.toContain('cdn.platform.openai.com');
  });

  it('makes a new nonce for each answer', () => {
    const page = pages.find(({ file }) => file === 'strict-csp.html') ?? first();
    const nonces = [1, 2].map(
      () => /nonce="([^"]+)"/.exec(renderPage(page, read(page), openAi).html)?.[1],
    );
    expect(nonces[0]).toMatch(/^[\w+/]{22}==$/);
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it.each(pages)('finds no inline script, style or handler in $file', (page) => {
    const html = read(page);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/);
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
  });
});

function first(): Page {
  const page = pages[0];
  if (!page) throw new Error('no pages');
  return page;
}
