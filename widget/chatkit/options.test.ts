import type { ChatKitOptions } from '@openai/chatkit';
import { expect } from '../test/testing.js';
import type { TaskPilotChatError } from '../errors.js';
import {
  refuseApi,
  toChatKitOptions,
  type ChatKitAttributes,
  type ChatKitSurroundings,
  type PageOptions,
} from './options.js';

const api: ChatKitOptions['api'] = { getClientSecret: () => Promise.resolve('ek_1') };

type Settings = ChatKitAttributes & Partial<Omit<ChatKitSurroundings, 'label' | 'locale'>>;

function map({
  isInline = false,
  colorScheme = 'light',
  accent = '',
  thread,
  lastThread,
  ...attributes
}: Settings = {}): ChatKitOptions {
  const around = {
    isInline,
    colorScheme,
    accent,
    thread,
    label: 'Chat',
    locale: 'en-GB',
    lastThread,
  };
  return toChatKitOptions(attributes, around, api);
}

/** Attributes and options as untyped pages write them. */
const wrong = (settings: object): Settings => settings;
const loose = (options: unknown): Settings => ({ options: options as PageOptions });

describe('The options for ChatKit', () => {
  it('are few when nothing is set: no key that ChatKit would have to guess about', () => {
    expect(map()).to.deep.equal({
      api,
      locale: 'en',
      frameTitle: 'Chat',
      header: { enabled: false },
      history: { enabled: false },
      theme: { colorScheme: 'light' },
    });
  });

  it('have every attribute in its place', () => {
    const mapped = map({
      label: 'Help',
      colorScheme: 'dark',
      locale: 'de-AT',
      thread: 'thr_1',
      greeting: 'Hello',
      placeholder: 'Ask',
      disclaimer: 'May be wrong',
      prompts: '["Hi", {"label": "Tasks", "prompt": "My tasks?", "icon": "bolt"}]',
      accent: '#0f766e',
      radius: 'soft',
      density: 'compact',
      history: true,
      feedback: true,
      retryButton: true,
    });
    expect(mapped).to.deep.equal({
      api,
      locale: 'de',
      frameTitle: 'Help',
      initialThread: 'thr_1',
      header: { enabled: false },
      history: { enabled: true },
      startScreen: {
        greeting: 'Hello',
        prompts: [
          { label: 'Hi', prompt: 'Hi' },
          { label: 'Tasks', prompt: 'My tasks?', icon: 'bolt' },
        ],
      },
      threadItemActions: { feedback: true, retry: true },
      composer: { placeholder: 'Ask' },
      disclaimer: { text: 'May be wrong' },
      theme: {
        colorScheme: 'dark',
        radius: 'soft',
        density: 'compact',
        color: { accent: { primary: '#0f766e', level: 1 } },
      },
    });
  });

  it('leave ChatKit its header where the widget has none', () => {
    expect(map({ isInline: true })).not.to.have.property('header');
  });

  it('follow the page’s options where no attribute says otherwise', () => {
    const options: PageOptions = {
      locale: 'fr',
      frameTitle: 'Aide',
      initialThread: 'thr_2',
      header: { title: { text: 'Help' } },
      history: { showDelete: false },
      startScreen: { greeting: 'Salut' },
      theme: {
        radius: 'sharp',
        typography: { baseSize: 16 },
        color: { grayscale: { hue: 1, tint: 2 } },
      },
    };
    const { theme, ...mapped } = map({ options, density: 'spacious', lastThread: 'thr_kept' });
    const { theme: pageTheme, ...pageOptions } = options;
    expect(mapped).to.deep.equal({ ...pageOptions, api });
    expect(theme).to.deep.equal({
      ...(pageTheme as object),
      colorScheme: 'light',
      density: 'spacious',
    });
    const attributes = map({ options, label: 'Help', locale: 'de', thread: null, greeting: 'Hi' });
    expect(attributes).to.include({ frameTitle: 'Help', locale: 'de', initialThread: null });
    expect(attributes.startScreen?.greeting).to.equal('Hi');
  });

  it('start in the kept thread when nobody names one', () => {
    expect(map({ lastThread: 'thr_kept' }).initialThread).to.equal('thr_kept');
  });

  it('take a theme that is only a colour scheme', () => {
    expect(map({ options: { theme: 'dark' }, radius: 'soft' }).theme).to.deep.equal({
      colorScheme: 'light',
      radius: 'soft',
    });
  });

  it('keep functions as they are, and are the page’s objects nowhere else', () => {
    const onClientTool = () => ({});
    const onClick = () => undefined;
    const options: PageOptions = {
      onClientTool,
      header: { leftAction: { icon: 'home', onClick } },
      startScreen: { prompts: [{ label: 'a', prompt: [{ type: 'input_text', text: 'b' }] }] },
    };
    const before = structuredClone(options.startScreen);
    const mapped = map({ options });
    expect(mapped.onClientTool).to.equal(onClientTool);
    expect(mapped.header?.leftAction?.onClick).to.equal(onClick);
    Object.assign(mapped.startScreen?.prompts?.[0] ?? {}, { label: 'changed by ChatKit' });
    Object.assign(mapped.api, { url: 'changed by ChatKit' });
    expect(options.startScreen).to.deep.equal(before);
    expect(api).not.to.have.property('url');
  });

  it('are not disturbed by a page that has polluted all objects', () => {
    const pollution = { foo: 1, value: 2, get: 3, api: 4, widgets: 5, initialThread: 6 };
    const expected = Object.keys(map({ greeting: 'Hello' }));
    Object.assign(Object.prototype, pollution);
    const keys = Object.keys(map({ greeting: 'Hello' }));
    for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
    expect(keys).to.deep.equal(expected);
  });
});

describe('W7, W25: cosmetic mistakes', () => {
  const { warn } = console;
  afterEach(() => {
    console.warn = warn;
  });

  for (const [title, settings, named] of [
    ['an unknown radius', wrong({ radius: 'rounded' }), 'theme.radius must be'],
    ['an unknown density', wrong({ density: 'cozy' }), 'theme.density must be'],
    ['prompts that are no JSON', { prompts: '[Hi]' }, 'startScreen.prompts must be array'],
    ['prompts that are no list', { prompts: '{"list": "a"}' }, 'startScreen.prompts must be array'],
    ['a colour that is none', { accentColor: '#12' }, 'accent-color'],
    ['options that are no object', loose('dark'), 'options must be an object'],
    ['a group that is null', loose({ header: null }), 'options.header must be an object'],
    ['an unknown option', loose({ greetings: 'Hi' }), 'options has no greetings'],
    [
      'a group without its required key',
      loose({ disclaimer: { highContrast: true } }),
      'options.disclaimer.text is missing',
    ],
  ] as const) {
    it(`warn at most once and fall back: ${title}`, () => {
      const lines: string[] = [];
      console.warn = (line: string) => lines.push(line);
      const mapped = map({ ...settings, greeting: 'Hello' });
      expect(map({ ...settings, greeting: 'Hello' })).to.deep.equal(mapped);
      expect(mapped).to.deep.equal(map({ greeting: 'Hello' }));
      // A line that an earlier test has caused is not repeated.
      expect(lines.length).to.be.at.most(1);
      for (const line of lines) expect(line).to.contain(named);
    });
  }

  it('warn on the console by their path', () => {
    const lines: string[] = [];
    console.warn = (line: string) => lines.push(line);
    map(loose({ frameTitle: 7 }));
    map(loose({ frameTitle: 7 }));
    expect(lines).to.deep.equal(['[taskpilot-chat] options.frameTitle must be string']);
  });
});

describe('W8: options that no backend can honour', () => {
  const { warn } = console;
  afterEach(() => {
    console.warn = warn;
  });

  it('are reported and left out, beside others that stay', () => {
    const lines: string[] = [];
    console.warn = (line: string) => lines.push(line);
    const composer = {
      placeholder: 'Ask',
      attachments: { enabled: true },
      dictation: { enabled: true },
      models: [{ id: 'm', label: 'M' }],
    };
    expect(map({ options: { composer } }).composer).to.deep.equal({ placeholder: 'Ask' });
    map({ options: { composer } });
    expect(lines).to.have.length(3);
    expect(lines[0]).to.contain('options.composer.attachments must be left out');
  });

  it('A5: stay when the session endpoint offers them', () => {
    const composer = { attachments: { enabled: true, maxCount: 2 }, dictation: { enabled: true } };
    const around = { isInline: false, colorScheme: 'light', accent: '', label: '', locale: 'en' };
    const { composer: accepted } = toChatKitOptions(
      { options: { composer } },
      { ...around, colorScheme: 'light', thread: null },
      api,
      ['attachments'],
    );
    expect(accepted).to.deep.equal({ attachments: { enabled: true, maxCount: 2 } });
  });
});

describe('Options that contradict the session endpoint', () => {
  it('are refused', () => {
    let thrown: unknown;
    try {
      refuseApi({ api: { url: '/mine' } });
    } catch (error) {
      thrown = error;
    }
    expect((thrown as TaskPilotChatError).code).to.equal('invalid_options');
    expect((thrown as TaskPilotChatError).message).to.contain('options.api must be');
  });
});
