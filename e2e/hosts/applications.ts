import { build } from 'esbuild';
import type { FastifyInstance } from 'fastify';
import type {} from '@fastify/swagger';
import type { Sandbox } from '@taskpilot-chat/sandbox';
import { built } from '../support/world.js';

/** An application that changes its pages by itself: its first page has a link “Next” to one with the heading “Page 2”. */
interface Application {
  readonly head?: string;
  readonly body?: string;
  /** What the server sends, where the application renders the whole document. */
  readonly document?: (head: string) => Promise<string>;
}

/** Click on “Next” runs `change`, which may await. */
const onNext = (change: string) =>
  `<script>addEventListener('click', async (event) => { if (event.target.id !== 'next') return; event.preventDefault(); ${change} });</script>`;

const link = '<a id="next" href="?page=2">Next</a>';
const next = '<h1>Page 2</h1>';

/** An application in React that renders the document, as frameworks do; `text` is what the browser renders. */
const reactDocument = `
  import { createElement as h, StrictMode, useState } from 'react';
  export function Page({ text }) {
    const [page, setPage] = useState(1);
    return h(StrictMode, null, h('html', { lang: 'en' },
      h('head', null, h('title', null, 'React'), h('link', { rel: 'icon', href: 'data:,' })),
      h('body', null, h('p', null, text), page === 1
        ? h('a', { id: 'next', href: '?page=2', onClick: (event) => { event.preventDefault(); setPage(2); } }, 'Next')
        : h('h1', null, 'Page 2'))));
  }`;

async function bundle(contents: string, platform: 'browser' | 'node'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: built('e2e') },
    bundle: true,
    write: false,
    platform,
    format: platform === 'node' ? 'cjs' : 'iife',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** @param rendered text of the browser's rendering; another than the server's makes React render anew */
async function hydrated(head: string, rendered: string, isFirst: boolean): Promise<string> {
  const { renderToString } = await import('react-dom/server');
  const { createElement: h } = await import('react');
  const html = renderToString(
    h(
      'html',
      { lang: 'en' },
      h('head', null, h('title', null, 'React'), h('link', { rel: 'icon', href: 'data:,' })),
      h('body', null, h('p', null, 'Page'), h('a', { id: 'next', href: '?page=2' }, 'Next')),
    ),
  );
  const script = await bundle(
    `${reactDocument}
     import { hydrateRoot } from 'react-dom/client';
     window.hydrate = () => hydrateRoot(document, h(Page, { text: '${rendered}' }), { onRecoverableError: () => undefined });`,
    'browser',
  );
  const hydrate = isFirst
    ? 'hydrate()'
    : `new MutationObserver((_, observer) => { if (!document.querySelector('taskpilot-chat')) return; observer.disconnect(); hydrate(); }).observe(document, { childList: true, subtree: true })`;
  return `<!doctype html>${html.replace('<head>', `<head>${head}`).replace('</body>', `<script>${script.replaceAll('</script', '<\\/script')};${hydrate}</script></body>`)}`;
}

export const applications: Readonly<Record<string, Application>> = {
  'Turbo, visit': { head: '<script src="/vendor/turbo.js"></script>', body: link },
  'Turbo, morphing': {
    head: '<meta name="turbo-refresh-method" content="morph"><script src="/vendor/turbo.js"></script>',
    body: link.replace('href', 'data-turbo-action="replace" href'),
  },
  'htmx, boosted': {
    head: '<script src="/vendor/htmx.js"></script>',
    body: `<div hx-boost:inherited="true">${link}</div>`,
  },
  'Vue, mounted on the body': {
    head: '<script src="/vendor/vue.js"></script>',
    body: `<script>addEventListener('load', () => Vue.createApp({
      data: () => ({ page: 1 }),
      template: '<a v-if="page === 1" id="next" href="?page=2" @click.prevent="page = 2">Next</a><h1 v-else>Page 2</h1>',
    }).mount(document.body))</script>`,
  },
  'a view transition': {
    head: onNext(
      `await document.startViewTransition(() => { document.body.innerHTML = '${next}'; }).finished;`,
    ),
    body: link,
  },
  'a swap of head, body and root attributes': {
    head: onNext(`
      const page = new DOMParser().parseFromString('<html lang="de" class="x"><head><title>2</title></head><body>${next}</body></html>', 'text/html');
      for (const { name } of [...document.documentElement.attributes]) document.documentElement.removeAttribute(name);
      for (const { name, value } of page.documentElement.attributes) document.documentElement.setAttribute(name, value);
      document.head.replaceChildren(...page.head.children);
      document.body.replaceWith(page.body);`),
    body: link,
  },
  'a swap of a container': {
    head: onNext(`document.querySelector('main').outerHTML = '<main>${next}</main>';`),
    body: `<main>${link}</main>`,
  },
  'React, the document hydrated before the chat comes': {
    document: (head) => hydrated(head, 'Page', true),
  },
  'React, the document hydrated after the chat has come': {
    document: (head) => hydrated(head, 'Page', false),
  },
  'React, the document rendered anew after a mismatch': {
    document: (head) => hydrated(head, 'Another text', false),
  },
};

/** Adds the applications below `/applications/`, by their place in the list. */
export function addApplications(app: FastifyInstance, sandbox: Sandbox): void {
  const tag = `<script src="/taskpilot-chat.js" async data-session-endpoint="/api/chatkit/sessions" data-chatkit-src="${sandbox.base().chatkitSrc}"></script>`;
  for (const [index, { head = '', body = '', document }] of Object.values(applications).entries()) {
    app.get<{ Querystring: { page?: string } }>(
      `/applications/${index}`,
      { schema: { hide: true } },
      async ({ query }, reply) =>
        reply
          .type('text/html')
          .send(
            await (document?.(tag) ??
              `<!doctype html><html lang="en"><head><title>Page</title><link rel="icon" href="data:,">${head}${tag}</head><body>${query.page ? next : body}</body></html>`),
          ),
    );
  }
}
