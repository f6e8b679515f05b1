import type { ChatKitEvents, ChatKitOptions } from '@openai/chatkit';
import type { TaskPilotChatError } from '../errors.js';
import { expectSame } from '../test/same.js';
import { expect } from '../test/testing.js';
import { chatKit, chatKitSrc, type FakeChatKit } from '../test/chatkit.js';
import { loadChatKit } from './load.js';
import { chatKitEventNames, mountChatKit, type MountedChatKit } from './mount.js';

const hosted: ChatKitOptions = { api: { getClientSecret: () => Promise.resolve('ek_1') } };
const selfHosted: ChatKitOptions = {
  api: { url: 'https://chat.example/api/chatkit', domainKey: 'domain_pk_1' },
};

/** A mapped type, so that an event that ChatKit gains or loses breaks the compilation here. */
const known: Record<keyof ChatKitEvents, true> = {
  'chatkit.deeplink': true,
  'chatkit.effect': true,
  'chatkit.error': true,
  'chatkit.history.close': true,
  'chatkit.history.open': true,
  'chatkit.log': true,
  'chatkit.ready': true,
  'chatkit.response.end': true,
  'chatkit.response.start': true,
  'chatkit.thread.change': true,
  'chatkit.thread.load.end': true,
  'chatkit.thread.load.start': true,
  'chatkit.tool.change': true,
};

describe('mountChatKit', () => {
  let container: HTMLElement;
  let events: Event[];
  let gone: TaskPilotChatError[];

  before(() => loadChatKit({ src: chatKitSrc }));
  beforeEach(() => {
    Object.assign(chatKit, { elements: [], frame: 'missing', failing: null });
    events = [];
    gone = [];
    container = document.createElement('div');
    document.body.append(container);
  });

  afterEach(() => container.remove());

  const mount = (options = hosted): MountedChatKit & { element: FakeChatKit; used: () => void } => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const mounted = mountChatKit(
      container,
      options,
      promise,
      (event) => events.push(event),
      (error) => gone.push(error),
    );
    return { ...mounted, element: mounted.element as FakeChatKit, used: () => resolve(undefined) };
  };
  /** Whether it is usable by now. */
  const isUsable = (mounted: MountedChatKit): Promise<boolean> =>
    Promise.race([
      mounted.usable.then(() => true),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false))),
    ]);

  it('gives the options before the element enters the page', () => {
    const { element } = mount();
    expect(element.told).to.have.length(1);
    expectSame(element.parentElement, container);
  });

  it('is usable only when the frame has loaded and asked for a secret', async () => {
    const mounted = mount();
    mounted.element.emit('chatkit.ready');
    expect(await isUsable(mounted)).to.equal(false);
    mounted.used();
    expect(await isUsable(mounted)).to.equal(true);
  });

  it('does not mind which of both comes first', async () => {
    const mounted = mount();
    mounted.used();
    expect(await isUsable(mounted)).to.equal(false);
    mounted.element.emit('chatkit.ready');
    expect(await isUsable(mounted)).to.equal(true);
  });

  it('takes a self-hosted chat for usable when the frame has loaded', async () => {
    const mounted = mount(selfHosted);
    mounted.element.emit('chatkit.ready');
    expect(await isUsable(mounted)).to.equal(true);
  });

  it('passes on every event, and lets none out by itself', () => {
    const { element } = mount();
    let leaked = 0;
    for (const name of chatKitEventNames) {
      container.addEventListener(name, () => leaked++);
      element.emit(name, { name });
    }
    expect(events.map(({ type }) => type)).to.deep.equal(chatKitEventNames);
    expect(leaked).to.equal(0);
  });

  it('knows ChatKit’s events by their names', () => {
    expect([...chatKitEventNames].sort()).to.deep.equal(Object.keys(known).sort());
  });

  it('hears nothing any more after its removal', () => {
    const { element, ...mounted } = mount();
    mounted.remove();
    element.emit('chatkit.log', { name: 'late' });
    expect(events).to.have.length(0);
    expect(container.children).to.have.length(0);
  });

  it('W21: tells when ChatKit takes its frame away, before or after it could be used', async () => {
    for (const isEarly of [true, false]) {
      gone = [];
      const mounted = mount();
      if (!isEarly) {
        mounted.element.emit('chatkit.ready');
        mounted.used();
        await mounted.usable;
      }
      mounted.element.frame.remove();
      await Promise.resolve();
      expect(gone.map(({ code, retryable }) => [code, retryable])).to.deep.equal([
        ['chatkit_error', true],
      ]);
      expect(gone[0]?.message).to.contain('domain allowlist').and.to.contain(location.origin);
      const settled = await mounted.usable.then(
        () => null,
        (error: unknown) => error,
      );
      expect(settled).to.equal(isEarly ? gone[0] : null);
      mounted.remove();
    }
  });

  it('W21: tells when something removes ChatKit, but not when the widget does', async () => {
    mount().remove();
    await Promise.resolve();
    expect(gone).to.have.length(0);
    mount().element.remove();
    await Promise.resolve();
    expect(gone).to.have.length(1);
  });

  it('leaves ChatKit’s own style alone where it works', () => {
    const { element } = mount();
    expect(element.shadowRoot?.adoptedStyleSheets).to.have.length(0);
  });

  it('gives the frame its size where the page has blocked ChatKit’s style', () => {
    container.style.cssText = 'position: relative; width: 300px; height: 200px';
    const { element } = mount();
    element.shadowRoot?.querySelector('style')?.remove();
    element.style.cssText = 'position: absolute; inset: 0';
    element.emit('chatkit.ready');
    const { width, height } = element.frame.getBoundingClientRect();
    expect([width, height]).to.deep.equal([300, 200]);
    element.emit('chatkit.ready');
    expect(element.shadowRoot?.adoptedStyleSheets).to.have.length(1);
  });
});
