import { expect } from '../test/testing.js';
import type { PageOptions } from './options.js';
import { acceptOptions } from './validate.js';

function refusal(options: unknown): string {
  const problems: string[] = [];
  const report = (problem: string) => problems.push(problem);
  acceptOptions(options, report);
  return problems.join() || 'accepted';
}

describe('Options that ChatKit would refuse in its frame', () => {
  for (const [title, options, named] of [
    ['an unknown option', { greeting: 'Hi' }, 'options has no greeting'],
    ['an unknown option deep inside', { composer: { tool: [] } }, 'composer has no tool'],
    ['a wrong type', { startScreen: { greeting: 1 } }, 'startScreen.greeting must be string'],
    ['null for a text', { frameTitle: null }, 'frameTitle must be string'],
    ['a text for a group', { header: 'off' }, 'header must be an object'],
    ['a list for a group', { header: [] }, 'header must be an object'],
    ['a group for a list', { startScreen: { prompts: { label: 'a' } } }, 'prompts must be array'],
    ['a missing part', { disclaimer: { highContrast: true } }, 'disclaimer.text is missing'],
    [
      'an unknown colour scheme',
      { theme: { color: {}, radius: 'round', density: 'dense' } },
      'density must be',
    ],
    [
      'what the session endpoint decides',
      { api: { url: 'https://evil.example' } },
      'options.api must be',
    ],
    ['a domain key of the page’s own', { domainKey: 'domain_pk_1' }, 'has no domainKey'],
    ['a property of all objects', { constructor: 1 }, 'options has no constructor'],
    ['options that are no object', 'dark', 'options must be an object'],
  ] as const) {
    it(`are told before: ${title}`, () => {
      expect(refusal(options)).to.contain(named);
    });
  }

  it('are told in time even when they come from JSON with an evil key', () => {
    expect(refusal(JSON.parse('{"__proto__": {"enabled": true}}'))).to.contain('__proto__');
    expect({}).not.to.have.property('enabled');
  });
});

describe('Options that ChatKit knows', () => {
  it('are all accepted', () => {
    const handler = () => Promise.resolve();
    const everything = {
      locale: 'en',
      theme: {
        colorScheme: 'dark',
        typography: {
          baseSize: 14,
          fontFamily: 'Inter',
          fontFamilyMono: 'Mono',
          fontSources: [
            {
              family: 'Inter',
              src: '/inter.woff2',
              weight: 400,
              style: 'normal',
              display: 'swap',
              unicodeRange: 'U+0-7F',
            },
          ],
        },
        radius: 'pill',
        density: 'normal',
        color: {
          grayscale: { hue: 210, tint: 9, shade: -4 },
          accent: { primary: '#000', level: 3 },
          surface: { background: '#fff', foreground: '#000' },
        },
      },
      frameTitle: 'Chat',
      initialThread: null,
      onClientTool: () => ({}),
      header: {
        enabled: true,
        title: { enabled: true, text: 'Help' },
        leftAction: { icon: 'home', onClick: () => undefined },
        rightAction: { icon: 'close', onClick: () => undefined },
      },
      history: { enabled: true, showDelete: true, showRename: true },
      startScreen: { greeting: 'Hi', prompts: [{ label: 'a', prompt: 'b', icon: 'bolt' }] },
      threadItemActions: { feedback: true, retry: true },
      composer: {
        placeholder: 'Ask',
        tools: [
          {
            id: 'a',
            label: 'A',
            icon: 'bolt',
            shortLabel: 'A',
            placeholderOverride: 'B',
            pinned: true,
            persistent: true,
          },
        ],
      },
      disclaimer: { text: 'May be wrong', highContrast: true },
      entities: {
        onTagSearch: () => Promise.resolve([]),
        showComposerMenu: true,
        onClick: () => undefined,
        onRequestPreview: () => Promise.resolve({ preview: null }),
      },
      commands: { enabled: true, onSearch: () => Promise.resolve([]), onSelect: handler },
      widgets: { onAction: handler },
      thread: { autoScroll: true },
    } satisfies Required<PageOptions>;
    expect(refusal(everything)).to.equal('accepted');
  });
});
