/** Scripts of other people on the pages of this folder. */

/** What Prototype 1.6 does to the objects of a page, as far as it can disturb others. */
export const prototypeLibrary = `
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
export const mooTools = `
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

/** Puts each text into an element of its own, as translation tools of browsers do, also in shadow roots. */
export const translate = `
  setInterval(() => {
    const roots = [document.body, document.querySelector('taskpilot-chat')?.shadowRoot].filter(Boolean);
    for (const root of roots) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) texts.push(walker.currentNode);
      for (const text of texts) {
        if (!text.data.trim() || /^(FONT|STYLE|SCRIPT)$/i.test(text.parentElement?.localName ?? '')) continue;
        const font = document.createElement('font');
        font.textContent = text.data;
        text.replaceWith(font);
      }
    }
  }, 20);`;

/** `observed`: shifts of the layout. */
export const observe = `
  window.observed = [];
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) observed.push(value);
  }).observe({ type: 'layout-shift', buffered: true });`;

/** `counted()`: observers, channels, intervals and style sheets of the document that are at work. */
export const countAdditions = `{
  const open = { observers: new Set(), channels: new Set(), intervals: new Set() };
  for (const { prototype } of [MutationObserver, IntersectionObserver, ResizeObserver])
    for (const [name, act] of [['observe', 'add'], ['disconnect', 'delete']]) {
      const original = prototype[name];
      prototype[name] = function (...args) { open.observers[act](this); return original.apply(this, args); };
    }
  window.BroadcastChannel = class extends BroadcastChannel {
    constructor(name) { super(name); open.channels.add(this); }
    close() { open.channels.delete(this); super.close(); }
  };
  const { setInterval, clearInterval } = window;
  window.setInterval = (...args) => { const timer = setInterval(...args); open.intervals.add(timer); return timer; };
  window.clearInterval = (timer) => { open.intervals.delete(timer); clearInterval(timer); };
  window.counted = () => ({
    ...Object.fromEntries(Object.entries(open).map(([name, { size }]) => [name, size])),
    sheets: document.adoptedStyleSheets.length + document.styleSheets.length,
    children: document.documentElement.childElementCount + document.body.childElementCount,
  });
}`;
