import { countAdditions, mooTools, observe, prototypeLibrary, translate } from './page-scripts.js';

/** A page that is hard on its guests. */
export interface HostPage {
  readonly title: string;
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `text/html` by default. */
  readonly type?: string;
}

export interface HostContext {
  /** Of ChatKit's script. */
  readonly chatkitSrc: string;
}

const strictPolicy = ({ chatkitSrc }: HostContext): string => {
  const { origin } = new URL(chatkitSrc);
  return `default-src 'none'; img-src data:; script-src 'nonce-n0nce' 'strict-dynamic'; style-src 'none'; connect-src 'self'; frame-src ${origin}; require-trusted-types-for 'script'; trusted-types taskpilot-chat lit-html`;
};

const tagOf = ({ chatkitSrc }: HostContext): string =>
  `<script nonce="n0nce" src="/taskpilot-chat.js" async data-session-endpoint="/api/chatkit/sessions" data-chatkit-src="${chatkitSrc}"></script>`;

const page = (
  title: string,
  head: string,
  body = '<p>Page</p>',
  doctype = '<!doctype html>',
): HostPage => ({
  title,
  html: `${doctype}<html lang="en"><head><title>${title}</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`,
});

/** One page a hazard; each has the script tag as a page's author pastes it, and the chat answers at its corner. */
export function hostPages(context: HostContext): Readonly<Record<string, HostPage>> {
  const { chatkitSrc } = context;
  const tag = tagOf(context);
  return {
    'strict-csp': {
      ...page('strict policy with Trusted Types, nonce and strict-dynamic', tag),
      headers: { 'content-security-policy': strictPolicy(context) },
    },
    base: page(
      'a <base> of another site',
      `<base href="https://other.example/">${tag.replace('src="/', 'src="http://{host}/')}`,
    ),
    quirks: page('quirks mode', tag, '<p>Page</p>', ''),
    reset: page(
      'a hostile style sheet',
      `<style>* { all: unset !important; display: block !important; font-size: 40px !important }
       html > * { position: static !important; transform: rotate(9deg) !important; overflow: hidden !important }</style>${tag}`,
    ),
    transformed: page(
      'a transformed body',
      `<style>body { transform: translateZ(0); height: 4000px; margin: 0 300px }</style>${tag}`,
    ),
    branded: page(
      'a colour of its own, by a variable of the body',
      `<style>body { --brand: teal }</style>${tag.replace('async', 'async data-accent-color="var(--brand)" data-teaser="Ask us"')}`,
    ),
    zoomed: page('a zoomed page', `<style>html { zoom: 1.5 }</style>${tag}`),
    polluted: page(
      'polluted prototypes',
      `<script>
        Object.assign(Object.prototype, { foo: 1, header: { enabled: true }, locale: 'ar', api: { url: '/evil', domain_key: 'x' }, history: { enabled: true } });
        Object.assign(Object.prototype, { state: true, hasChanged: () => false, creationScope: 1, renderBefore: 1, values: ['x'] });
        Array.prototype.bar = () => 1;
      </script>${tag}`,
    ),
    amd: page(
      'an AMD loader',
      `<script>define = () => { throw new Error('defined') }; define.amd = {}</script>${tag}`,
    ),
    storage: page(
      'storage that throws',
      `<script>for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get() { throw new Error('denied') } })</script>${tag}`,
    ),
    shadow: page(
      'a shadow root, below a filter',
      `<script src="/taskpilot-chat.js" async></script>`,
      `<div id="host" style="filter: blur(0); width: 200px"></div><script>
        host.attachShadow({ mode: 'open' }).innerHTML = '<taskpilot-chat session-endpoint="/api/chatkit/sessions" chatkit-src="${chatkitSrc}"></taskpilot-chat>';
      </script>`,
    ),
    clobbered: page(
      'markup that is called like the document’s properties',
      tag,
      '<img name="readyStateOf" src="data:,"><form name="scripts"></form><a id="taskpilotChat"></a>',
    ),
    twice: page('two versions of the script', tag + tag.replace('.js"', '.js?v=2"')),
    zone: page('zone.js of Angular', `<script src="/vendor/zone.js"></script>${tag}`),
    prototype: page('Prototype 1.6', `<script>${prototypeLibrary}</script>${tag}`),
    mootools: page('MooTools 1.2', `<script>${mooTools}</script>${tag}`),
    full: page(
      'storage that is full',
      `<script>Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }</script>${tag}`,
    ),
    filtered: page(
      'a filtered body',
      `<style>body { filter: invert(1); contain: paint }</style>${tag}`,
    ),
    dialog: page(
      'an element in a modal dialog',
      '<script src="/taskpilot-chat.js" async></script>',
      `<dialog id="modal"><taskpilot-chat session-endpoint="/api/chatkit/sessions" chatkit-src="${chatkitSrc}"></taskpilot-chat></dialog><script>modal.showModal()</script>`,
    ),
  };
}

const frame = (sandbox: string): string =>
  `<iframe sandbox="${sandbox}" src="/hosts/quirks" style="width: 600px; height: 600px"></iframe>`;

/** Pages with a test of their own each. */
export function specialPages(context: HostContext): Readonly<Record<string, HostPage>> {
  const { chatkitSrc } = context;
  const tag = tagOf(context);
  return {
    xhtml: {
      title: 'XHTML',
      type: 'application/xhtml+xml',
      html: `<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>XML</title><link rel="icon" href="data:," />${tag.replace(' async', ' async="async"')}</head><body><p>Page</p></body></html>`,
    },
    svg: {
      title: 'a drawing',
      type: 'image/svg+xml',
      html: `<svg xmlns="http://www.w3.org/2000/svg"><script href="/taskpilot-chat.js" /><script xmlns="http://www.w3.org/1999/xhtml" src="/taskpilot-chat.js" data-label="Chat" /></svg>`,
    },
    sandboxed: page('a sandboxed frame', '', frame('allow-scripts allow-forms')),
    'sandboxed-same-origin': page(
      'a sandboxed frame with its origin',
      '',
      frame('allow-scripts allow-forms allow-same-origin'),
    ),
    translated: page('a translation tool', `${tag}<script>${translate}</script>`),
    observed: page('a page that measures', `<script>${observe}</script>${tag}`),
    'on-demand': page(
      'a page that counts what others add',
      `<script>${countAdditions}</script><script src="/taskpilot-chat.js"></script><script>
        window.place = () => {
          const chat = document.createElement('taskpilot-chat');
          chat.setAttribute('chatkit-src', '${chatkitSrc}');
          document.body.append(chat);
        };
      </script>`,
    ),
    print: page(
      'a style sheet for print',
      `<style media="print">* { visibility: visible !important; display: block !important }</style>${tag}`,
    ),
  };
}
