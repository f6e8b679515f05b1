import type {
  ChatKitOptions,
  CustomApiConfig,
  FileUploadStrategy,
  HostedApiConfig,
  ModelOption,
  StartScreenPrompt,
  ThemeOption,
  ToolOption,
  UserMessageContent,
} from '@openai/chatkit';
import { isHeaderIcon, isIcon } from './icon-names.js';
import {
  callback,
  either,
  flag,
  list,
  may,
  needed,
  nullOr,
  number,
  oneOf,
  record,
  strict,
  text,
  textThat,
  type Check,
} from './validators.js';

type Part<Key extends keyof ChatKitOptions> = NonNullable<ChatKitOptions[Key]>;
type ThemePart<Key extends keyof ThemeOption> = NonNullable<ThemeOption[Key]>;
type ComposerPart<Key extends keyof Part<'composer'>> = NonNullable<Part<'composer'>[Key]>;

const icon = textThat('an icon name', isIcon);
const anything: Check = () => [];

const hostedApi = strict<HostedApiConfig>({ getClientSecret: needed(callback) });
const customApi = strict<CustomApiConfig>({
  url: needed(textThat('a URL', (url) => URL.canParse(url))),
  domainKey: needed(textThat('a domain key', (key) => key !== '')),
  fetch: may(callback),
  uploadStrategy: may(
    either(
      strict<Extract<FileUploadStrategy, { type: 'two_phase' }>>({
        type: needed(oneOf('two_phase')),
      }),
      strict<Extract<FileUploadStrategy, { type: 'direct' }>>({
        type: needed(oneOf('direct')),
        uploadUrl: needed(text),
      }),
    ),
  ),
});

const api: Check = (value, path) => {
  const isHosted = typeof value === 'object' && value !== null && 'getClientSecret' in value;
  return (isHosted ? hostedApi : customApi)(value, path);
};

const content = list(
  either(
    strict<Extract<UserMessageContent, { type: 'input_text' }>>({
      type: needed(oneOf('input_text')),
      text: needed(text),
    }),
    strict<Extract<UserMessageContent, { type: 'input_tag' }>>({
      type: needed(oneOf('input_tag')),
      text: needed(text),
      id: needed(text),
      group: may(text),
      data: may(record(anything)),
      interactive: may(flag),
    }),
  ),
);

const theme = strict<ThemeOption>({
  colorScheme: may(oneOf('light', 'dark')),
  typography: may(
    strict<ThemePart<'typography'>>({
      baseSize: may(oneOf(14, 15, 16, 17, 18)),
      fontSources: may(
        list(
          strict<NonNullable<ThemePart<'typography'>['fontSources']>[number]>({
            family: needed(text),
            src: needed(text),
            weight: may(either(number, text)),
            style: may(oneOf('normal', 'italic', 'oblique')),
            display: may(oneOf('auto', 'block', 'swap', 'fallback', 'optional')),
            unicodeRange: may(text),
          }),
        ),
      ),
      fontFamily: may(text),
      fontFamilyMono: may(text),
    }),
  ),
  radius: may(oneOf('pill', 'round', 'soft', 'sharp')),
  density: may(oneOf('compact', 'normal', 'spacious')),
  color: may(
    strict<ThemePart<'color'>>({
      grayscale: may(
        strict<NonNullable<ThemePart<'color'>['grayscale']>>({
          hue: needed(number),
          tint: needed(oneOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)),
          shade: may(oneOf(-4, -3, -2, -1, 0, 1, 2, 3, 4)),
        }),
      ),
      accent: may(
        strict<NonNullable<ThemePart<'color'>['accent']>>({
          primary: needed(text),
          level: needed(oneOf(0, 1, 2, 3)),
        }),
      ),
      surface: may(
        strict<NonNullable<ThemePart<'color'>['surface']>>({
          background: needed(text),
          foreground: needed(text),
        }),
      ),
    }),
  ),
});

const headerAction = strict<NonNullable<Part<'header'>['leftAction']>>({
  icon: needed(textThat('a header icon name', isHeaderIcon)),
  onClick: needed(callback),
});

const header = strict<Part<'header'>>({
  enabled: may(flag),
  title: may(strict<NonNullable<Part<'header'>['title']>>({ enabled: may(flag), text: may(text) })),
  leftAction: may(headerAction),
  rightAction: may(headerAction),
});

const composer = strict<Part<'composer'>>({
  placeholder: may(text),
  attachments: may(
    strict<ComposerPart<'attachments'>>({
      enabled: needed(flag),
      maxSize: may(either(number, record(number))),
      maxCount: may(number),
      accept: may(record(list(text))),
    }),
  ),
  tools: may(
    list(
      strict<ToolOption>({
        id: needed(text),
        label: needed(text),
        icon: needed(icon),
        shortLabel: may(text),
        placeholderOverride: may(text),
        pinned: may(flag),
        persistent: may(flag),
      }),
    ),
  ),
  models: may(
    list(
      strict<ModelOption>({
        id: needed(text),
        label: needed(text),
        description: may(text),
        disabled: may(flag),
        default: may(flag),
      }),
    ),
  ),
  dictation: may(strict<ComposerPart<'dictation'>>({ enabled: needed(flag) })),
});

const options = strict<ChatKitOptions>({
  api: needed(api),
  locale: may(text),
  theme: may((value, path) =>
    typeof value === 'string' ? oneOf('light', 'dark')(value, path) : theme(value, path),
  ),
  frameTitle: may(text),
  initialThread: may(nullOr(text)),
  onClientTool: may(callback),
  header: may(header),
  history: may(
    strict<Part<'history'>>({ enabled: may(flag), showDelete: may(flag), showRename: may(flag) }),
  ),
  startScreen: may(
    strict<Part<'startScreen'>>({
      greeting: may(text),
      prompts: may(
        list(
          strict<StartScreenPrompt>({
            label: needed(text),
            prompt: needed(either(text, content)),
            icon: may(icon),
          }),
        ),
      ),
    }),
  ),
  threadItemActions: may(
    strict<Part<'threadItemActions'>>({ feedback: may(flag), retry: may(flag) }),
  ),
  composer: may(composer),
  disclaimer: may(strict<Part<'disclaimer'>>({ text: needed(text), highContrast: may(flag) })),
  entities: may(
    strict<Part<'entities'>>({
      onTagSearch: may(callback),
      showComposerMenu: may(flag),
      onClick: may(callback),
      onRequestPreview: may(callback),
    }),
  ),
  commands: may(
    strict<Part<'commands'>>({
      enabled: needed(flag),
      onSearch: may(callback),
      onSelect: may(callback),
    }),
  ),
  widgets: may(strict<Part<'widgets'>>({ onAction: may(callback) })),
  thread: may(strict<Part<'thread'>>({ autoScroll: may(flag) })),
});

/** The options as they arrive in the frame: checked, and with markers where the page has functions. */
export type FrameOptions = ChatKitOptions;

/** The real frame's own error; it is told in the frame's console only. */
export class InvalidFrameParamsError extends Error {
  override readonly name = 'InvalidFrameParamsError';

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
  }
}

/** @throws {InvalidFrameParamsError} for the first unknown, missing or wrong option, as strictly as ChatKit */
export function checkOptions(value: unknown): FrameOptions {
  const problems = options(value, '');
  if (problems.length > 0) throw new InvalidFrameParamsError(problems);
  return value as FrameOptions;
}
