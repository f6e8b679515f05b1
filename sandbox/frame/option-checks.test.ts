import { describe, expect, it } from 'vitest';
import { withMarkers } from '../page/frame-params.js';
import { checkOptions, InvalidFrameParamsError } from './option-checks.js';

const doNothing = () => undefined;
const hosted = { getClientSecret: doNothing };
const own = { url: 'https://chat.example.com/api/chatkit', domainKey: 'domain_pk_1' };

const check = (options: unknown) => () => checkOptions(withMarkers(options));

describe('checkOptions', () => {
  it('takes everything that ChatKit has', () => {
    const options = {
      api: { ...own, fetch: doNothing, uploadStrategy: { type: 'direct', uploadUrl: '/upload' } },
      locale: 'en-US@posix',
      theme: {
        colorScheme: 'dark',
        typography: {
          baseSize: 16,
          fontFamily: 'Inter',
          fontFamilyMono: 'Mono',
          fontSources: [{ family: 'Inter', src: '/inter.woff2', weight: 400, style: 'normal' }],
        },
        radius: 'soft',
        density: 'compact',
        color: {
          grayscale: { hue: 220, tint: 6, shade: -1 },
          accent: { primary: '#0f766e', level: 1 },
          surface: { background: '#fff', foreground: '#000' },
        },
      },
      frameTitle: 'Chat',
      initialThread: null,
      onClientTool: doNothing,
      header: {
        enabled: true,
        title: { enabled: true, text: 'Help' },
        leftAction: { icon: 'menu', onClick: doNothing },
      },
      history: { enabled: true, showDelete: true, showRename: false },
      startScreen: {
        greeting: 'Hello',
        prompts: [
          { label: 'a', prompt: 'b', icon: 'lucide:leaf' },
          { label: 'c', prompt: [{ type: 'input_tag', id: '1', text: 'd', data: { x: 1 } }] },
        ],
      },
      threadItemActions: { feedback: true, retry: true },
      composer: {
        placeholder: 'Write',
        attachments: { enabled: false, maxSize: { 'image/*': 1 }, accept: { 'image/*': ['.png'] } },
        tools: [{ id: 't', label: 'Tool', icon: 'bolt', pinned: true }],
        models: [{ id: 'm', label: 'Model', default: true }],
        dictation: { enabled: false },
      },
      disclaimer: { text: 'May be wrong', highContrast: true },
      entities: { onTagSearch: doNothing, showComposerMenu: true },
      commands: { enabled: true, onSearch: doNothing },
      widgets: { onAction: doNothing },
      thread: { autoScroll: true },
    };
    expect(check(options)).not.toThrow();
    expect(check({ api: hosted, theme: 'dark' })).not.toThrow();
  });

  it.each([
    [{ api: hosted, greeting: 'x' }, 'Unrecognized key: "greeting"'],
    [{ api: hosted, header: { text: 'x' } }, 'Unrecognized key: "text" at "header"'],
    [{ api: { ...hosted, domainKey: 'k' } }, 'Unrecognized key: "domainKey" at "api"'],
    [{ api: { ...hosted, url: '/x' } }, 'Unrecognized key: "url" at "api"'],
    [{ api: { url: own.url } }, 'expected a domain key at "api.domainKey"'],
    [{ api: { ...own, url: '/relative' } }, 'expected a URL at "api.url"'],
    [{ api: { getClientSecret: 'ek_1' } }, 'expected function at "api.getClientSecret"'],
    [{ api: {} }, 'expected a URL at "api.url"'],
    [{}, 'expected object at "api"'],
    [{ api: hosted, theme: 'blue' }, 'expected one of "light"|"dark" at "theme"'],
    [{ api: hosted, theme: { radius: 'big' } }, 'at "theme.radius"'],
    [{ api: hosted, theme: { color: { accent: { primary: 'red' } } } }, 'theme.color.accent.level'],
    [{ api: hosted, history: true }, 'expected object at "history"'],
    [{ api: hosted, history: { enabled: 'yes' } }, 'expected boolean at "history.enabled"'],
    [{ api: hosted, startScreen: { prompts: ['x'] } }, 'at "startScreen.prompts[0]"'],
    [
      { api: hosted, startScreen: { prompts: [{ label: 'a', prompt: 'b', icon: 'unicorn' }] } },
      'expected an icon name at "startScreen.prompts[0].icon"',
    ],
    [{ api: hosted, initialThread: 7 }, 'expected string at "initialThread"'],
    [{ api: hosted, onClientTool: {} }, 'expected function at "onClientTool"'],
    [{ api: hosted, disclaimer: {} }, 'expected string at "disclaimer.text"'],
    [[], 'expected object'],
    [null, 'expected object'],
  ])('refuses %j', (options, problem) => {
    expect(check(options)).toThrow(InvalidFrameParamsError);
    expect(check(options)).toThrow(problem);
  });

  it('is not led astray by what objects inherit', () => {
    expect(check({ api: hosted, constructor: 1 })).toThrow('Unrecognized key: "constructor"');
    expect(check(JSON.parse('{"__proto__":{"api":1}}'))).toThrow('Unrecognized key: "__proto__"');
  });
});
