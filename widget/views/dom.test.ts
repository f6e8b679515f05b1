import { expectNothing, expectOther, expectSame } from '../test/same.js';
import { expect } from '../test/testing.js';
import { h, patch } from './dom.js';

describe('patch', () => {
  let parent: HTMLElement;

  beforeEach(() => {
    parent = document.createElement('div');
  });

  it('makes elements, texts and empty places', () => {
    patch(parent, [h('p', { class: 'a', hidden: true, title: null }, ['Hello']), null, 'end']);
    expect(parent.innerHTML).to.equal('<p class="a" hidden="">Hello</p>end');
    expect(parent.childNodes).to.have.length(3);
  });

  it('keeps the nodes that stand for the same, and changes only what differs', () => {
    patch(parent, [h('p', { title: 'a', hidden: true }, ['Hello'])]);
    const [paragraph] = parent.children;
    patch(parent, [h('p', { title: 'b', hidden: false }, ['Goodbye'])]);
    expect(parent.innerHTML).to.equal('<p title="b">Goodbye</p>');
    expectSame(parent.children[0], paragraph);
  });

  it('touches nothing that is so already', async () => {
    const view = () => [h('p', { title: 'a', hidden: true }, ['Hello', h('b', {}, ['you'])])];
    patch(parent, view());
    const records: MutationRecord[] = [];
    const observer = new MutationObserver((list) => records.push(...list));
    observer.observe(parent, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    patch(parent, view());
    await Promise.resolve();
    observer.disconnect();
    expect(records).to.deep.equal([]);
  });

  it('makes a new element for another part, so that nothing of the old one is left', () => {
    patch(parent, [h('div', { part: 'error', role: 'alert' }, ['Oh'])]);
    const [old] = parent.children;
    patch(parent, [h('div', { part: 'loading' }, ['…'])]);
    expect(parent.innerHTML).to.equal('<div part="loading">…</div>');
    expectOther(parent.children[0], old);
  });

  it('lets elements come and go beside others that stay', () => {
    const view = (first: boolean) => [first ? h('i', {}) : null, h('b', {}, ['stays'])];
    patch(parent, view(false));
    const stays = parent.querySelector('b');
    patch(parent, view(true));
    expect(parent.innerHTML).to.equal('<i></i><b>stays</b>');
    patch(parent, view(false));
    expect(parent.innerHTML).to.equal('<b>stays</b>');
    expectSame(parent.querySelector('b'), stays);
  });

  it('leaves the content of an element without children to others', () => {
    patch(parent, [h('div', { class: 'frame' })]);
    parent.firstElementChild?.append('somebody else’s');
    patch(parent, [h('div', { class: 'frame', inert: true })]);
    expect(parent.textContent).to.equal('somebody else’s');
  });

  it('calls the newest handler, once', () => {
    const calls: string[] = [];
    patch(parent, [h('button', { onclick: () => calls.push('old') })]);
    patch(parent, [h('button', { onclick: () => calls.push('new') })]);
    parent.querySelector('button')?.click();
    expect(calls).to.deep.equal(['new']);
  });

  it('draws, and takes no text for markup', () => {
    patch(parent, [h('svg', {}, [h('path', { d: 'M0 0' })]), '<img onerror=alert(1)>']);
    expect(parent.querySelector('path') instanceof SVGPathElement).to.equal(true);
    expectNothing(parent.querySelector('img'));
  });
});
