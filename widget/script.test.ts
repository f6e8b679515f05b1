import { defaultChatKitSrc } from './chatkit/index.js';
import { chatKitSrc, type FakeChatKit } from './test/chatkit.js';
import { openPage, scriptSrc, type OpenPage } from './test/open-page.js';
import { inState } from './test/page.js';
import { expectSame } from './test/same.js';
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

  it('makes each data attribute an attribute of the element, beside the body', async () => {
    await open(`${chatTag('data-label="Help" data-layout="fullscreen" data-history')}<p>Page</p>`);
    const [chat] = page.chats();
    expect(chat?.matches('html > body + :last-child')).to.equal(true);
    const attributes = [...(chat?.attributes ?? [])].map(({ name, value }) => [name, value]);
    expect(attributes).to.have.deep.members([
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

  for (const [title, attributes] of [
    ['plain', ''],
    ['module', 'type="module"'],
  ] as const) {
    it(`W1: is configured by its own script tag, whatever markup is called currentScript: ${title}`, async () => {
      await open(
        `<img name="currentScript" src="data:," data-chatkit-src="/evil.js" data-preload="eager"><script type="module" src="/other.js" data-label="Evil"></script>${chatTag(`${attributes} data-label="Help"`)}`,
      );
      await until(
        () => page.chats().length,
        () => 'no bubble',
      );
      expect(page.chats()[0]).to.include({
        label: 'Help',
        preload: 'intent',
        chatkitSrc: chatKitSrc,
      });
    });
  }

  it('W1: nor does such markup configure a second copy', async () => {
    await open(
      `<script src="${scriptSrc}"></script><img name="currentScript" src="data:," data-label="Evil">${chatTag('data-label="Help"')}`,
    );
    expect(page.chats().map(({ label }) => label)).to.deep.equal(['Help']);
  });

  it('W33: has one header where the page has polluted objects', async () => {
    await open(
      `<script>Object.prototype.header = { enabled: true }; Object.prototype.locale = 'ar'</script>${chatTag()}`,
    );
    await works();
    const { header, locale } = (page.chats()[0]?.chatkit as FakeChatKit).options;
    expect([header?.enabled, locale]).to.deep.equal([false, 'en']);
  });

  it('W4: only names of the element’s attributes count', async () => {
    await open(tag('data-nscript="afterInteractive" data-cfasync="false" data-strings="x"'));
    expect(page.chats()).to.have.length(0);
    page.close();
    await open(chatTag('data-nscript="afterInteractive" data-nonce="n0nce"'));
    expect(page.chats()[0]?.getAttributeNames()).to.deep.equal([
      'session-endpoint',
      'chatkit-src',
      'nonce',
    ]);
  });

  it('W18: says that nothing was placed', async () => {
    const listen = `<script>infos = []; console.info = (line) => infos.push(line)</script>`;
    await open(`${listen}${tag('data-nscript="lazyOnload"')}`);
    await until(
      () => String(page.value('infos')).includes('nothing was placed'),
      () => 'no line',
    );
    page.close();
    await open(`${listen}${tag()}<div id="host"></div><script>
      host.attachShadow({ mode: 'open' }).innerHTML = '<taskpilot-chat></taskpilot-chat>';
    </script>`);
    expect(page.value('infos.length')).to.equal(0);
  });

  it('W35: asks the origin of its script where the tag gives no endpoint', async () => {
    const elsewhere = scriptSrc.replace('//localhost', '//127.0.0.1');
    await open(tag(`data-chatkit-src="${chatKitSrc}" data-open`, elsewhere));
    await until(
      () => page.requests.length,
      () => 'no request',
    );
    expect(page.requests).to.deep.equal([new URL('/api/chatkit/sessions', elsewhere).href]);
  });

  for (const endpoint of ['', 'session-endpoint="/sessions"']) {
    it(`W35: never asks the host of a <base>: ${endpoint || 'default endpoint'}`, async () => {
      await open(
        `<base href="https://other.example/">${tag()}<taskpilot-chat open ${endpoint} chatkit-src="${chatKitSrc}"></taskpilot-chat>`,
      );
      await until(
        () => page.requests.length,
        () => 'no request',
      );
      expect(page.requests.map((url) => new URL(url, location.href).origin)).to.deep.equal([
        location.origin,
      ]);
    });
  }

  for (const [name, chatkitSrc] of [
    ['a data: URL', 'data:text/javascript,ran=true'],
    ['another site', 'https://evil.example/chatkit.js'],
  ] as const) {
    it(`W24: refuses ${name} in markup, under nonce, strict-dynamic and Trusted Types`, async () => {
      const policy = `script-src 'nonce-n0nce' 'strict-dynamic'; require-trusted-types-for 'script'; trusted-types taskpilot-chat lit-html`;
      await open(
        `<meta http-equiv="Content-Security-Policy" content="${policy}">${tag('nonce="n0nce"')}<taskpilot-chat layout="inline" open session-endpoint="/sessions" chatkit-src="${chatkitSrc}"></taskpilot-chat>`,
      );
      const [chat] = page.chats();
      await until(
        () => chat?.state === 'error',
        () => 'no error',
      );
      expect(chat?.error?.code).to.equal('invalid_options');
      expect([...page.window.document.scripts].map(({ src }) => src)).not.to.include(chatkitSrc);
      expect(page.window).not.to.have.property('ran');
      expect([page.requests, page.violations]).to.deep.equal([[], []]);
    });
  }

  it('W36: names the Trusted Types policy that the page does not allow', async () => {
    await open(
      `<meta http-equiv="Content-Security-Policy" content="trusted-types taskpilot-chat">${chatTag()}`,
    );
    expect(page.chats()).to.have.length(0);
    expect(page.faults).to.have.length(1);
    expect(page.faults[0]).to.contain('must allow lit-html');
  });

  it('W5: functions and properties that were queued before it came count before anything starts', async () => {
    await open(`<script>
      opened = 0;
      taskpilotChat = [
        (chat) => {
          chat.getAuthToken = () => 'token';
          chat.addEventListener('taskpilot-open', () => opened++);
        },
        () => { throw new Error('mistake of the page') },
        ['set', { label: 'Queued', chatkitSrc: '${chatKitSrc}', sessionEndpoint: '/queued' }],
      ];
    </script>${tag('data-open data-label="Tag"')}`);
    const [chat] = page.chats();
    if (!chat) throw new Error('no bubble');
    await inState(chat, 'ready');
    expect([chat.label, page.value('opened')]).to.deep.equal(['Queued', 1]);
    expect(page.requests).to.deep.equal(['/queued']);
    expect(page.faults).to.have.length(1);
    page.value(`taskpilotChat.push(['set', { label: 'Late' }], (chat) => (late = chat.label))`);
    expect(page.value('late')).to.equal('Late');
  });

  it('W5: and before an element of the page is upgraded', async () => {
    await open(`<taskpilot-chat open session-endpoint="/sessions"></taskpilot-chat><script>
      taskpilotChat = [(chat) => chat.addEventListener('taskpilot-open', (event) => event.preventDefault())];
    </script>${tag('async')}`);
    await until(
      () => page.chats()[0]?.state === 'idle',
      () => `${String(page.chats()[0]?.state)} ${page.faults.join()}`,
    );
    expect([page.chats()[0]?.open, page.requests]).to.deep.equal([false, []]);
  });

  it('is opened by links and buttons of the page, also those that come later', async () => {
    await open(`${chatTag()}<a href="#taskpilot-chat">Help</a><div id="later"></div>`);
    const [chat] = page.chats();
    if (!chat) throw new Error('no bubble');
    page.value(`later.innerHTML = '<button data-taskpilot-chat-open><b>Chat</b></button>'`);
    for (const selector of ['a', 'button b']) {
      page.window.document.querySelector<HTMLElement>(selector)?.click();
      expect(chat.open, selector).to.equal(true);
      chat.hide();
    }
    expect(page.window.location.hash).to.equal('');
  });

  for (const [title, change] of [
    ['the content of the body', 'document.body.innerHTML = "<p>Next</p>"'],
    ['the body', 'document.body.replaceWith(document.createElement("body"))'],
  ] as const) {
    it(`W22: keeps its bubble and its frame when the page replaces ${title}`, async () => {
      await open(chatTag('data-open'));
      await works();
      const before = page.chats()[0]?.chatkit;
      page.value(change);
      await works();
      expectSame(page.chats()[0]?.chatkit, before);
    });
  }

  for (const [title, change] of [
    [
      'all children of the document element',
      'document.documentElement.replaceChildren(document.createElement("body"))',
    ],
    [
      'the document element',
      'document.documentElement.replaceWith(document.createElement("html")); document.documentElement.append(document.createElement("body"))',
    ],
  ] as const) {
    it(`W22: comes back when the page replaces ${title}, with the conversation`, async () => {
      await open(chatTag('data-open'));
      await works();
      const [chat] = page.chats();
      chat?.chatkit?.dispatchEvent(
        new CustomEvent('chatkit.thread.change', { detail: { threadId: 'thr_1' } }),
      );
      page.value(change);
      await until(
        () => page.chats().length,
        () => 'it has not come back',
      );
      expectSame(page.chats()[0], chat);
      await works();
      expect((chat?.chatkit as FakeChatKit).options.initialThread).to.equal('thr_1');
    });
  }

  it('W22: stays away when the page has removed it by its own method', async () => {
    await open(chatTag());
    page.chats()[0]?.remove();
    page.value('document.documentElement.append(document.createElement("p"))');
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
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
    const calls = () => String(page.value('JSON.stringify(chatKit.elements[0]?.calls ?? [])'));
    // Before ChatKit is ready, the later text takes the place of the earlier one.
    for (const text of ['early', 'late']) {
      if (text === 'late') page.value(`taskpilotChat.push(['setComposer', 'late'])`);
      await until(() => calls().includes(text), calls);
    }
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
    [
      'W33: polluted options',
      'Object.assign(Object.prototype, { header: { enabled: true }, theme: "dark", history: { enabled: true }, locale: "ar" })',
    ],
    [
      'W33: polluted options of Lit',
      'Object.assign(Object.prototype, { state: true, hasChanged: () => false, creationScope: 1, renderBefore: 1, reflect: true, values: [] })',
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
