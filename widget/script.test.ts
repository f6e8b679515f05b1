import { defaultChatKitSrc } from './chatkit/index.js';
import { chatKitSrc } from './test/chatkit.js';
import { openPage, scriptSrc, type OpenPage } from './test/open-page.js';
import { expect } from './test/testing.js';
import { until } from './test/until.js';

const tag = (attributes = '', src = scriptSrc): string =>
  `<script src="${src}" ${attributes}></script>`;
const chatTag = (attributes = ''): string =>
  tag(`data-session-endpoint="/sessions" data-chatkit-src="${chatKitSrc}" ${attributes}`);

/** The one script, on pages of all kinds. */
describe('The one script', () => {
  let page: OpenPage;

  beforeEach(() => sessionStorage.clear());
  afterEach(() => page.close());

  const open = async (html: string): Promise<OpenPage> => (page = await openPage(html));
  /** The widget of the page works: from the bubble to a usable chat. */
  const works = async (): Promise<void> => {
    const [chat, ...more] = page.chats();
    expect(more).to.have.length(0);
    if (!chat) throw new Error('no widget');
    chat.show();
    await until(
      () => chat.state === 'ready',
      () => `${chat.state}: ${chat.error?.message ?? ''}`,
    );
    expect(page.faults).to.deep.equal([]);
  };

  it('FR-005: loads ChatKit from the official CDN, and names no other host', async () => {
    const text = await (await fetch(scriptSrc)).text();
    const addresses = text.match(/https?:\/\/[\w.]+[\w./-]*/g) ?? [];
    expect([...new Set(addresses)].sort()).to.deep.equal([
      'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js',
    ]);
    await open(
      `<meta http-equiv="Content-Security-Policy" content="script-src ${location.origin} 'nonce-n0nce'">${tag('data-open')}`,
    );
    await until(
      () => page.violations.length,
      () => 'not asked for',
    );
    expect(page.violations).to.deep.equal([`script-src-elem ${defaultChatKitSrc}`]);
  });

  for (const [title, attributes] of [
    ['plain', ''],
    ['async', 'async'],
    ['defer', 'defer'],
    ['module', 'type="module"'],
    ['an async module', 'type="module" async'],
  ] as const) {
    it(`puts one bubble on the page: ${title}, in the head`, async () => {
      await open(`<head>${chatTag(attributes)}</head><body><p>Page</p></body>`);
      await until(
        () => page.chats().length,
        () => 'no bubble',
      );
      await works();
    });
  }

  it('makes each data attribute an attribute of the element, at the end of the body', async () => {
    await open(`${chatTag('data-label="Help" data-layout="fullscreen" data-history')}<p>Page</p>`);
    const [chat] = page.chats();
    expect(chat?.matches('body > :last-child')).to.equal(true);
    expect([...(chat?.attributes ?? [])].map(({ name, value }) => [name, value])).to.deep.equal([
      ['session-endpoint', '/sessions'],
      ['chatkit-src', chatKitSrc],
      ['label', 'Help'],
      ['layout', 'fullscreen'],
      ['history', ''],
    ]);
  });

  it('only registers the element when it has no data attribute', async () => {
    await open(tag('async id="chat"'));
    await until(
      () => page.window.customElements.get('taskpilot-chat'),
      () => 'not registered',
    );
    expect(page.chats()).to.have.length(0);
  });

  it('leaves an element of the page’s own alone', async () => {
    await open(`${tag('data-label="Bubble"')}<taskpilot-chat label="Mine"></taskpilot-chat>`);
    expect(page.chats().map(({ label }) => label)).to.deep.equal(['Mine']);
  });

  it('contacts nobody before the visitor shows intent', async () => {
    await open(chatTag());
    expect(page.requests).to.deep.equal([]);
    expect(page.window.performance.getEntriesByName(chatKitSrc)).to.have.length(0);
  });

  it('adds no global but its own', async () => {
    await open(
      `<script>names = null; names = Object.getOwnPropertyNames(window)</script>${chatTag()}`,
    );
    await works();
    const names = new Set(page.value('names') as string[]);
    const added = Object.getOwnPropertyNames(page.window).filter((name) => !names.has(name));
    // All but the last are Lit's.
    expect(added.filter((name) => !/^\d+$/.test(name)).sort()).to.deep.equal([
      'litElementVersions',
      'litHtmlVersions',
      'litPropertyMetadata',
      'reactiveElementVersions',
      'taskpilotChat',
    ]);
    expect(page.value('Object.keys(taskpilotChat)')).to.deep.equal(['push']);
  });

  it('does no harm when it is there twice', async () => {
    await open(chatTag() + chatTag() + tag('data-label="Other"', `${scriptSrc}?v=2`));
    await works();
  });

  it('does no harm beside another class of its name', async () => {
    await open(
      `<script>customElements.define('taskpilot-chat', class extends HTMLElement {})</script>${chatTag()}`,
    );
    expect(page.chats()).to.have.length(1);
    expect(page.faults).to.deep.equal([]);
  });

  it('makes the calls that were made before it came, and those after', async () => {
    await open(
      `<script>taskpilotChat = [['setComposer', 'early'], 'show', null, ['explode']]; taskpilotChat.push(['show'])</script>${chatTag()}`,
    );
    page.value(`taskpilotChat.push(['setComposer', 'late'])`);
    await until(
      () => page.value('chatKit.elements.length'),
      () => 'not opened',
    );
    const calls = () => String(page.value('JSON.stringify(chatKit.elements[0].calls)'));
    await until(
      () => calls().includes('late'),
      () => calls(),
    );
    expect(calls()).to.contain('early');
    expect(page.faults.filter((line) => !line.includes('no method'))).to.deep.equal([]);
    expect(page.faults).to.have.length(3);
  });

  it('keeps calls for an element that comes later, in a shadow tree as well', async () => {
    await open(`${tag()}<div id="host"></div>`);
    page.value(`taskpilotChat.push(['setComposer', 'early'])`);
    page.value(`
      host.attachShadow({ mode: 'open' }).innerHTML =
        '<taskpilot-chat session-endpoint="/sessions" chatkit-src="${chatKitSrc}"></taskpilot-chat>'`);
    await until(
      () => page.value('chatKit.elements.length'),
      () => 'not called',
    );
  });

  for (const [title, before] of [
    ['an AMD loader', 'define = () => { throw new Error("defined") }; define.amd = {}'],
    ['polluted arrays', 'Array.prototype.foo = () => 1'],
    [
      'polluted objects',
      'Object.prototype.foo = 1; Object.prototype.value = 2; Object.prototype.get = 3; Object.prototype.embed = 4',
    ],
    ['no stack traces', 'Error.stackTraceLimit = 0'],
    [
      'storage that throws',
      `for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get() { throw new Error('denied') } })`,
    ],
    ['an element of the name of the queue', 'document.documentElement.id = "taskpilotChat"'],
  ] as const) {
    it(`works on a page with ${title}`, async () => {
      await open(`<script>${before}</script>${chatTag()}`);
      await works();
    });
  }

  it('works under a strict policy with Trusted Types, and gives the frame its size', async () => {
    const { origin } = location;
    const policy = `default-src 'none'; script-src 'nonce-n0nce' 'strict-dynamic'; style-src 'none'; connect-src ${origin}; frame-src ${origin}; require-trusted-types-for 'script'; trusted-types taskpilot-chat lit-html`;
    await open(
      `<meta http-equiv="Content-Security-Policy" content="${policy}">${chatTag('nonce="n0nce"')}`,
    );
    await works();
    // ChatKit's own style sheet is what such a page forbids.
    expect(page.violations).to.deep.equal(['style-src-elem inline']);
    const { width, height } =
      page.chats()[0]?.chatkit?.shadowRoot?.querySelector('iframe')?.getBoundingClientRect() ??
      new DOMRect();
    expect(Math.min(width, height)).to.be.greaterThan(200);
  });
});
