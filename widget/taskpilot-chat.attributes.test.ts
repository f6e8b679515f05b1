import { expectNothing, expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { defaultChatKitSrc } from './chatkit/index.js';
import { stringsFor } from './strings/index.js';
import { TaskPilotChat } from './taskpilot-chat.js';
import { chatKitSrc, stubSrc } from './test/chatkit.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { until } from './test/until.js';
import { openPage, scriptSrc } from './test/open-page.js';
import { bubbleOf, findByRole, getByRole } from './test/query.js';

describe('The attributes', () => {
  const page = usePage();
  const ready = async (attributes: Record<string, string> = {}): Promise<TaskPilotChat> => {
    const chat = await page.place({ preload: 'eager', ...attributes });
    await inState(chat, 'ready');
    return chat;
  };
  const optionsOf = (chat: TaskPilotChat) => chatKitOf(chat).options;

  it('are properties as well', async () => {
    const chat = await page.place({
      'accent-color': 'red',
      history: '',
      retry: '',
      prompts: '["Hi"]',
      'session-storage': 'memory',
    });
    const { accentColor, history, retryButton, prompts, sessionStorage, sessionEndpoint } = chat;
    expect({
      accentColor,
      history,
      retryButton,
      prompts,
      sessionStorage,
      sessionEndpoint,
    }).to.deep.equal({
      accentColor: 'red',
      history: true,
      retryButton: true,
      prompts: '["Hi"]',
      sessionStorage: 'memory',
      sessionEndpoint: '/sessions',
    });
    chat.removeAttribute('accent-color');
    chat.removeAttribute('history');
    expect(chat.accentColor).to.equal(undefined);
    expect(chat.history).to.equal(false);
    expect(typeof chat.retry).to.equal('function');
  });

  it('have their defaults, so that a framework can see which of them are flags', () => {
    const chat = document.createElement('taskpilot-chat');
    const { sessionEndpoint, chatkitSrc, layout, position, open, preload, colorScheme } = chat;
    expect([sessionEndpoint, chatkitSrc]).to.deep.equal([
      '/api/chatkit/sessions',
      defaultChatKitSrc,
    ]);
    expect([layout, position, open]).to.deep.equal(['floating', 'bottom-end', false]);
    expect([preload, colorScheme]).to.deep.equal(['intent', 'auto']);
    const { persist, sessionStorage, credentials, history, feedback, retryButton, label } = chat;
    expect([persist, sessionStorage, credentials]).to.deep.equal(['session', 'session', 'include']);
    expect([history, feedback, retryButton, label]).to.deep.equal([false, false, false, undefined]);
  });

  it('take the retry button from a framework that sets the property to the text of the attribute', () => {
    const chat = document.createElement('taskpilot-chat');
    Object.assign(chat, { retry: '' });
    expect(chat.retryButton).to.equal(true);
    Object.assign(chat, { retry: undefined });
    expect(chat.retryButton).to.equal(false);
  });

  it('leave alone what of the layout nobody has set', async () => {
    const chat = await page.place();
    expect(chat.hasAttribute('layout')).to.equal(false);
    chat.layout = 'inline';
    await chat.updateComplete;
    expect(chat.getAttribute('layout')).to.equal('inline');
    chat.removeAttribute('layout');
    await chat.updateComplete;
    expect(chat.hasAttribute('layout')).to.equal(false);
    getByRole(chat, 'button', 'Chat');
  });

  it('open the chat only in the page, where that can be heard', () => {
    const chat = document.createElement('taskpilot-chat');
    const heard: boolean[] = [];
    page.add('<div></div>').addEventListener('taskpilot-open', () => heard.push(chat.open));
    chat.setAttribute('open', '');
    expect(chat.open).to.equal(true);
    document.querySelector('body > div:last-child')?.append(chat);
    expect(heard).to.deep.equal([true]);
    chat.remove();
    document.body.append(chat);
    expect(heard).to.have.length(1);
    expect(chat.open).to.equal(true);
  });

  it('name the bubble and the panel, and are its title', async () => {
    const chat = await page.place({ label: 'Help desk', open: '' });
    expect(bubbleOf(chat).getAttribute('aria-label')).to.equal('Help desk');
    getByRole(chat, 'dialog', 'Help desk');
    getByRole(chat, 'heading', 'Help desk');
    chat.label = 'Support';
    await chat.updateComplete;
    getByRole(chat, 'heading', 'Support');
  });

  it('reach ChatKit when they change, all together', async () => {
    const chat = await ready({ greeting: 'Hello' });
    const before = chatKitOf(chat).told.length;
    chat.setAttribute('greeting', 'Good morning');
    chat.placeholder = 'Ask me';
    chat.options = { disclaimer: { text: 'May be wrong' } };
    await chat.updateComplete;
    expect(chatKitOf(chat).told).to.have.length(before + 1);
    expect(optionsOf(chat)).to.deep.include({
      startScreen: { greeting: 'Good morning' },
      composer: { placeholder: 'Ask me' },
      disclaimer: { text: 'May be wrong' },
    });
  });

  it('do not disturb ChatKit when they are none of its business', async () => {
    const chat = await ready();
    const before = chatKitOf(chat).told.length;
    chat.show();
    await chat.updateComplete;
    document.body.dataset['test'] = 'changed';
    await new Promise((resolve) => requestAnimationFrame(resolve));
    delete document.body.dataset['test'];
    expect(chatKitOf(chat).told).to.have.length(before);
  });

  it('W7: that are wrong fall back, and the chat goes on', async () => {
    const chat = await ready();
    Object.assign(chat, { radius: 'square' });
    await chat.updateComplete;
    expect(optionsOf(chat).theme).not.to.have.property('radius');
    expect(chat.state).to.equal('ready');
    expect(page.lines).to.deep.equal([]);
  });

  it('W7: of a closed vocabulary are reported once and fall back', async () => {
    const lines: unknown[] = [];
    const { warn } = console;
    console.warn = (line: unknown) => void lines.push(line);
    try {
      const attributes = {
        layout: 'popup',
        position: 'left',
        preload: 'never',
        credentials: 'all',
      };
      const chat = await page.place(attributes);
      const { layout, position, preload, credentials } = chat;
      expect([layout, position, preload, credentials]).to.deep.equal([
        'floating',
        'bottom-end',
        'intent',
        'include',
      ]);
      await page.place(attributes);
    } finally {
      console.warn = warn;
    }
    expect(lines).to.deep.equal([
      '[taskpilot-chat] layout takes floating, inline, fullscreen',
      '[taskpilot-chat] position takes bottom-end, bottom-start, top-end, top-start',
      '[taskpilot-chat] preload takes intent, none, idle, eager',
      '[taskpilot-chat] credentials takes include, same-origin, omit',
    ]);
  });

  it('W7: that are misspelt are reported once, those of frameworks and of the platform are not', async () => {
    const lines: unknown[] = [];
    const { warn } = console;
    console.warn = (line: unknown) => void lines.push(line);
    try {
      const misspelt = ['acent-color', 'accent-colour', 'sessionEndpoint', 'launcher_label'].concat(
        'postion',
        'lable',
      );
      for (let round = 0; round < 2; round++) {
        await page.place(Object.fromEntries(misspelt.map((name) => [name, 'x'])));
      }
      expect(lines).to.deep.equal(
        [
          'acent-color: did you mean accent-color',
          'accent-colour: did you mean accent-color',
          'sessionendpoint: did you mean session-endpoint',
          'launcher_label: did you mean launcher-label',
          'postion: did you mean position',
          'lable: did you mean label',
        ].map((names) => `[taskpilot-chat] unknown attribute ${names}?`),
      );
      const foreign = [
        ...[
          'class',
          'content',
          'dir',
          'exportparts',
          'hidden',
          'id',
          'inert',
          'is',
          'lang',
          'nonce',
        ],
        ...['part', 'popover', 'ref', 'role', 'slot', 'style', 'tabindex', 'title', 'translate'],
        ...['aria-label', 'astro-cid-j7pv25f6', 'css-1x2y3z', 'data-layout', 'hx-history', 'key'],
        ...['_ngcontent-ng-c1', 'jsaction', 'ng-open', 'on-retry', 'onlabel', 'use', 'v-label'],
        ...['x-open', 'q:id', 'client:load', 'wire:id', 'x.layout', 'options'],
      ];
      const chat = await page.place(Object.fromEntries(foreign.map((name) => [name, ''])));
      expect(chat.getAttributeNames()).to.include.members(foreign);
      expect(lines).to.have.length(misspelt.length);
    } finally {
      console.warn = warn;
    }
  });

  it('W25: that are wrong from the beginning leave a chat that works', async () => {
    const chat = await page.place({ prompts: '[oops', radius: 'rounded', open: '' });
    await inState(chat, 'ready');
    chat.prompts = ['Hi'];
    await chat.updateComplete;
    expect(optionsOf(chat).startScreen?.prompts).to.deep.equal([{ label: 'Hi', prompt: 'Hi' }]);
  });

  it('W29: that are equal are not passed on again', async () => {
    const chat = await ready();
    chat.options = { startScreen: { greeting: 'Hi', prompts: [{ label: 'a', prompt: 'b' }] } };
    await chat.updateComplete;
    const before = chatKitOf(chat).told.length;
    for (let renders = 0; renders < 30; renders++) {
      chat.options = { startScreen: { greeting: 'Hi', prompts: [{ label: 'a', prompt: 'b' }] } };
      await chat.updateComplete;
    }
    expect(chatKitOf(chat).told).to.have.length(before);
    chat.options = { startScreen: { greeting: 'Hello' } };
    await chat.updateComplete;
    expect(chatKitOf(chat).told).to.have.length(before + 1);
  });

  it('follow page and system: colour scheme and language, live', async () => {
    const root = document.documentElement;
    const chat = await ready();
    expect(optionsOf(chat)).to.deep.include({ locale: 'en', theme: { colorScheme: 'light' } });
    root.style.colorScheme = 'dark';
    root.lang = 'ar';
    await until(
      () => optionsOf(chat).locale === 'ar',
      () => 'not yet',
    );
    expect(optionsOf(chat).theme).to.deep.equal({ colorScheme: 'dark' });
    expect(bubbleOf(chat).getAttribute('aria-label')).to.equal('محادثة');
    root.style.colorScheme = '';
    root.lang = 'en';
    await until(
      () => optionsOf(chat).locale === 'en',
      () => 'not yet',
    );
    chat.colorScheme = 'dark';
    chat.locale = 'de';
    await chat.updateComplete;
    expect(optionsOf(chat)).to.deep.include({ locale: 'de', theme: { colorScheme: 'dark' } });
  });

  it('follow the theme of the options where no attribute says otherwise', async () => {
    const chat = await ready();
    chat.options = { theme: { colorScheme: 'dark' } };
    await chat.updateComplete;
    expect(optionsOf(chat).theme).to.deep.equal({ colorScheme: 'dark' });
    chat.colorScheme = 'light';
    await chat.updateComplete;
    expect(optionsOf(chat).theme).to.deep.equal({ colorScheme: 'light' });
  });

  it('follow the language of the options where no attribute says otherwise', async () => {
    const chat = await ready({ open: '' });
    chat.options = { locale: 'ar' };
    await chat.updateComplete;
    expect(optionsOf(chat).locale).to.equal('ar');
    getByRole(chat, 'heading', stringsFor('ar').chat);
    chat.locale = 'en';
    await chat.updateComplete;
    expect(optionsOf(chat).locale).to.equal('en');
    getByRole(chat, 'heading', 'Chat');
  });

  it('choose the header: the widget’s own, or inline ChatKit’s', async () => {
    const chat = await ready({ open: '', history: '' });
    expect(optionsOf(chat).header).to.deep.equal({ enabled: false });
    getByRole(chat, 'button', 'History').click();
    getByRole(chat, 'button', 'New chat').click();
    await until(
      () => chatKitOf(chat).calls.length === 2,
      () => 'not yet',
    );
    expect(chatKitOf(chat).calls).to.deep.equal([['showHistory'], ['setThreadId', null]]);
    const element = chat.chatkit;
    chat.layout = 'inline';
    await chat.updateComplete;
    expect(optionsOf(chat)).not.to.have.property('header');
    expectNothing(findByRole(chat, 'button'));
    getByRole(chat, 'group', 'Chat');
    expectSame(chat.chatkit, element);
    expect(element?.isConnected).to.equal(true);
  });

  it('choose the thread: at the start, and later', async () => {
    const chat = await ready({ thread: 'thr_1' });
    expect(optionsOf(chat).initialThread).to.equal('thr_1');
    chat.setAttribute('thread', 'thr_2');
    await until(
      () => chatKitOf(chat).calls.length === 1,
      () => 'not yet',
    );
    expect(chatKitOf(chat).calls).to.deep.equal([['setThreadId', 'thr_2']]);
  });

  it('are taken for absent when they are empty', async () => {
    const chat = await ready({
      greeting: '',
      'accent-color': '',
      radius: '',
      thread: '',
      prompts: '',
    });
    Object.assign(chat, { label: null, placeholder: null, disclaimer: undefined });
    await chat.updateComplete;
    expect(Object.keys(optionsOf(chat)).sort()).to.deep.equal([
      'api',
      'frameTitle',
      'header',
      'history',
      'locale',
      'theme',
    ]);
    expect(optionsOf(chat).frameTitle).to.equal('Chat');
  });

  it('give the nonce on to ChatKit’s script', async () => {
    // Another page, for here ChatKit is there already.
    const other = await openPage(
      `<script src="${scriptSrc}"></script><taskpilot-chat open nonce="n0nce" chatkit-src="${stubSrc}" session-endpoint="/sessions"></taskpilot-chat>`,
    );
    const script = other.window.document.querySelector<HTMLScriptElement>(
      `script[src="${stubSrc}"]`,
    );
    expect(script?.nonce).to.equal('n0nce');
    other.close();
  });
});

describe('Properties that a page has set before the script came', () => {
  usePage();

  it('count as if it had come first', async () => {
    // Another page, for here the script has come already.
    const other = await openPage(`
      <taskpilot-chat label="Attribute" session-endpoint="/sessions"></taskpilot-chat>
      <script>
        Object.assign(document.querySelector('taskpilot-chat'), {
          chatkitSrc: '${chatKitSrc}', label: 'Early', persist: 'none', open: true, retry: true, mine: 1,
        });
      </script>
      <script src="${scriptSrc}"></script>`);
    const [chat] = other.chats();
    if (!chat) throw new Error('no element');
    await inState(chat, 'ready');
    // Lit keeps fields of its own on the element, but no declared property.
    const declared = new Set<unknown>(TaskPilotChat.elementProperties.keys());
    expect(Object.keys(chat).filter((name) => declared.has(name))).to.deep.equal([]);
    expect(chat).to.have.property('mine', 1);
    const { label, persist, open, retryButton } = chat;
    expect([label, persist, open, retryButton]).to.deep.equal(['Early', 'none', true, true]);
    expect(typeof chat.retry).to.equal('function');
    getByRole(chat, 'dialog', 'Early');
    expect(JSON.stringify(sessionStorage)).not.to.contain('page');
    expect(other.faults).to.deep.equal([]);
    other.close();
  });

  it('can be each of those that there are', () => {
    const chat = document.createElement('taskpilot-chat');
    const hasSetter = (name: PropertyKey, owner: unknown): boolean =>
      Boolean(owner) &&
      ('set' in (Object.getOwnPropertyDescriptor(owner, name) ?? {}) ||
        hasSetter(name, Object.getPrototypeOf(owner)));
    for (const name of TaskPilotChat.elementProperties.keys()) {
      expect(hasSetter(name, chat), String(name)).to.equal(true);
    }
  });
});
