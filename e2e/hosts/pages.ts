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

/** What Prototype 1.6 does to the objects of a page, as far as it can disturb others. */
const prototypeLibrary = `
  Object.toJSON = (value) => JSON.stringify(value);
  Object.extend = Object.assign;
  for (const type of [Array, String, Number, Date]) type.prototype.toJSON = function () { return '"' + this + '"'; };
  Array.from = (iterable) => [...iterable];
  Object.assign(Array.prototype, {
    each(action) { this.forEach(action); }, clear() { this.length = 0; return this; }, first() { return this[0]; },
    without() { return this; }, include: Array.prototype.includes, collect: Array.prototype.map, inspect() { return ''; },
  });
  Object.assign(String.prototype, { strip() { return this.trim(); }, sub() { return this; }, toArray() { return this.split(''); } });
  Function.prototype.bind = function (self, ...args) { const call = this; return function (...more) { return call.apply(self, [...args, ...more]); }; };
  document.getElementsByClassName = (name) => [...document.querySelectorAll('.' + name)];
  const methods = {};
  for (const name of ['show', 'hide', 'toggle', 'update', 'replace', 'insert', 'wrap', 'select', 'visible', 'setStyle', 'fire', 'observe', 'identify', 'down', 'up', 'next', 'previous'])
    methods[name] = function () { throw new Error('Prototype: ' + name); };
  Object.assign(HTMLElement.prototype, methods);
  Element.prototype.remove = function () { this.parentNode.removeChild(this); return this; };
  window.$ = (id) => document.getElementById(id);
  window.Hash = window.Class = window.Template = function () {};`;

/** The same of MooTools 1.2, which also takes the names of the platform's classes. */
const mooTools = `
  const native = { Element: window.Element, Event: window.Event };
  window.Element = function (name) { return document.createElement(name); };
  Element.prototype = native.Element.prototype;
  window.Event = function (event) { return event || window.event; };
  Event.prototype = native.Event.prototype;
  Array.from = (item) => (item == null ? [] : Array.isArray(item) ? item : [item]);
  for (const type of [Array, Function, Number, String]) type.implement = (methods) => Object.assign(type.prototype, methods);
  Array.implement({ contains: Array.prototype.includes, erase() {}, empty() { this.length = 0; }, extend() {}, clean() {}, pick() {}, append() { return this; } });
  Function.implement({ create() {}, attempt() {}, delay() {}, periodical() {}, extend() {} });
  Function.prototype.bind = function (self, args) { const call = this; return function () { return call.apply(self, args === undefined ? arguments : [].concat(args)); }; };
  String.implement({ test() {}, clean() {}, contains: String.prototype.includes, toInt() { return parseInt(this); } });
  for (const name of ['get', 'set', 'erase', 'inject', 'adopt', 'dispose', 'destroy', 'getElement', 'getElements', 'addEvent', 'fireEvent', 'store', 'retrieve', 'toggleClass', 'empty'])
    native.Element.prototype[name] = function () { throw new Error('MooTools: ' + name); };
  window.$ = window.$$ = window.Hash = window.Class = window.Native = window.Browser = function () {};`;

/** One page a hazard; each has the script tag as a page's author pastes it. */
export function hostPages(context: HostContext): Readonly<Record<string, HostPage>> {
  const { chatkitSrc } = context;
  const tag = `<script nonce="n0nce" src="/taskpilot-chat.js" async data-session-endpoint="/api/chatkit/sessions" data-chatkit-src="${chatkitSrc}"></script>`;
  const page = (
    title: string,
    head: string,
    body = '<p>Page</p>',
    doctype = '<!doctype html>',
  ) => ({
    title,
    html: `${doctype}<html lang="en"><head><title>${title}</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`,
  });
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
    xhtml: {
      title: 'a document in XML',
      type: 'application/xhtml+xml',
      html: `<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>XML</title><link rel="icon" href="data:," />${tag.replace(' async', ' async="async"')}</head><body><p>Page</p></body></html>`,
    },
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
    print: page(
      'a style sheet for print',
      `<style media="print">* { visibility: visible !important; display: block !important }</style>${tag}`,
    ),
  };
}
