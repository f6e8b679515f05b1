import { expectSame } from '../test/same.js';
import { expect } from '../test/testing.js';
import type { TaskPilotChatError } from '../errors.js';
import { chatKitSrc, stubSrc } from '../test/chatkit.js';
import {
  chatKitTag,
  checkedSrc,
  defaultChatKitSrc,
  loadChatKit,
  type LoadOptions,
} from './load.js';

const failureOf = (options: LoadOptions): Promise<TaskPilotChatError> =>
  loadChatKit(options).then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) => error as TaskPilotChatError,
  );

/** Script tags for an address, in the order of the page. */
const tagsFor = (src: string): HTMLScriptElement[] =>
  [...document.scripts].filter((script) => script.src === src);

const refused = 'http://localhost:1/chatkit.js';

function override(target: object, name: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}

// In this order: what is defined stays defined.
describe('loadChatKit, before ChatKit is defined', () => {
  it('FR-005: knows the official CDN, and no other place', () => {
    expect(defaultChatKitSrc).to.equal(
      'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js',
    );
  });

  it('tells at once of a page that is not secure', () => {
    const restore = override(window, 'isSecureContext', false);
    try {
      expect(() => loadChatKit({ src: refused })).to.throw('https');
      expect(tagsFor(refused)).to.have.length(0);
    } finally {
      restore();
    }
  });

  it('tells of a script that is blocked, and leaves no tag behind', async () => {
    const error = await failureOf({ src: refused });
    expect(error).to.include({ code: 'script_blocked', retryable: true });
    expect(error.message).to.contain(refused);
    expect(tagsFor(refused)).to.have.length(0);
  });

  it('tells of a browser that is offline', async () => {
    const restore = override(navigator, 'onLine', false);
    const error = await failureOf({ src: refused });
    restore();
    expect(error.code).to.equal('offline');
  });

  it('tells of a script that does not define ChatKit in time', async () => {
    const error = await failureOf({ src: stubSrc, timeoutMs: 30 });
    expect(error).to.include({ code: 'script_timeout', retryable: true });
    expect(tagsFor(stubSrc)).to.have.length(0);
  });

  for (const src of [
    'http://[',
    'data:text/javascript,',
    'javascript:void 0',
    `blob:${location.origin}/1`,
    'http://cdn.example/chatkit.js',
    'http://localhost.example/chatkit.js',
    'http://127.0.0.1.example/chatkit.js',
  ]) {
    it(`W24: refuses ${src}`, () => {
      expect(() => loadChatKit({ src }))
        .to.throw('chatkit-src')
        .with.property('code', 'invalid_options');
    });
  }

  it('W24: takes from markup OpenAI’s CDN, loopback and the origins of page and script only', () => {
    const own = ['https://shop.example', undefined];
    for (const src of [
      defaultChatKitSrc,
      'http://localhost:8080/chatkit.js',
      'http://[::1]:8080/chatkit.js',
      'https://shop.example/chatkit.js',
      '/chatkit.js',
    ]) {
      expect(checkedSrc(src, own)).to.equal(new URL(src, location.href).href);
    }
    for (const src of ['https://evil.example/x.js', 'https://shop.example.evil.example/x.js']) {
      expect(() => checkedSrc(src, own)).to.throw('chatkit-src');
      expect(checkedSrc(src)).to.equal(src);
    }
  });

  it('loads by a plain asynchronous tag with the nonce, one for all who wait', async () => {
    const other = `${stubSrc}?nonce`;
    const caller = new AbortController();
    const options = { src: other, nonce: 'n0nce', signal: caller.signal };
    const waiting = [failureOf(options), failureOf(options)];
    const [tag, ...more] = tagsFor(other);
    expect(more).to.have.length(0);
    expect([tag?.nonce, tag?.async, tag?.type]).to.deep.equal(['n0nce', true, '']);
    caller.abort(new Error('left'));
    await Promise.all(waiting);
    expect(tag?.isConnected).to.equal(false);
  });

  it('goes on for one widget when another one leaves the page', async () => {
    const other = `${stubSrc}?two`;
    const caller = new AbortController();
    const left = failureOf({ src: other, signal: caller.signal, timeoutMs: 30 });
    const staying = failureOf({ src: other });
    caller.abort(new Error('left'));
    expect((await left).message).to.equal('left');
    expect(tagsFor(other)).to.have.length(1);
    expect((await staying).code).to.equal('script_timeout');
  });

  it('does not wait for a tag of the page that has failed long ago', async () => {
    const tag = Object.assign(document.createElement('script'), { src: refused });
    const failed = new Promise((resolve) => tag.addEventListener('error', resolve));
    document.head.append(tag);
    await failed;
    expect((await failureOf({ src: refused })).code).to.equal('script_blocked');
    tag.remove();
  });

  it('loads beside a tag of the page that is still loading, and after failures', async () => {
    const tag = Object.assign(document.createElement('script'), { src: chatKitSrc });
    document.head.append(tag);
    await loadChatKit({ src: chatKitSrc });
    expect(customElements.get(chatKitTag)).not.to.equal(undefined);
    expect(tagsFor(chatKitSrc)).to.have.length(1);
    expectSame(tagsFor(chatKitSrc)[0], tag);
    tag.remove();
  });

  it('asks for nothing when ChatKit is there', async () => {
    await loadChatKit({ src: refused });
    expect(tagsFor(refused)).to.have.length(0);
  });
});
