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
  optional,
  required,
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

const hostedApi = strict<HostedApiConfig>({ getClientSecret: required(callback) });
const customApi = strict<CustomApiConfig>({
  url: required(textThat('a URL', (url) => URL.canParse(url))),
  domainKey: required(textThat('a domain key', (key) => key !== '')),
  fetch: optional(callback),
  uploadStrategy: optional(
    either(
      strict<Extract<FileUploadStrategy, { type: 'two_phase' }>>({
        type: required(oneOf('two_phase')),
      }),
      strict<Extract<FileUploadStrategy, { type: 'direct' }>>({
        type: required(oneOf('direct')),
        uploadUrl: required(text),
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
      type: required(oneOf('input_text')),
      text: required(text),
    }),
    strict<Extract<UserMessageContent, { type: 'input_tag' }>>({
      type: required(oneOf('input_tag')),
      text: required(text),
      id: required(text),
      group: optional(text),
      data: optional(record(anything)),
      interactive: optional(flag),
    }),
  ),
);

const theme = strict<ThemeOption>({
  colorScheme: optional(oneOf('light', 'dark')),
  typography: optional(
    strict<ThemePart<'typography'>>({
      baseSize: optional(oneOf(14, 15, 16, 17, 18)),
      fontSources: optional(
        list(
          strict<NonNullable<ThemePart<'typography'>['fontSources']>[number]>({
            family: required(text),
            src: required(text),
            weight: optional(either(number, text)),
            style: optional(oneOf('normal', 'italic', 'oblique')),
            display: optional(oneOf('auto', 'block', 'swap', 'fallback', 'optional')),
            unicodeRange: optional(text),
          }),
        ),
      ),
      fontFamily: optional(text),
      fontFamilyMono: optional(text),
    }),
  ),
  radius: optional(oneOf('pill', 'round', 'soft', 'sharp')),
  density: optional(oneOf('compact', 'normal', 'spacious')),
  color: optional(
    strict<ThemePart<'color'>>({
      grayscale: optional(
        strict<NonNullable<ThemePart<'color'>['grayscale']>>({
          hue: required(number),
          tint: required(oneOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)),
          shade: optional(oneOf(-4, -3, -2, -1, 0, 1, 2, 3, 4)),
        }),
      ),
      accent: optional(
        strict<NonNullable<ThemePart<'color'>['accent']>>({
          primary: required(text),
          level: required(oneOf(0, 1, 2, 3)),
        }),
      ),
      surface: optional(
        strict<NonNullable<ThemePart<'color'>['surface']>>({
          background: required(text),
          foreground: required(text),
        }),
      ),
    }),
  ),
});

const headerAction = strict<NonNullable<Part<'header'>['leftAction']>>({
  icon: required(textThat('a header icon name', isHeaderIcon)),
  onClick: required(callback),
});

const header = strict<Part<'header'>>({
  enabled: optional(flag),
  title: optional(
    strict<NonNullable<Part<'header'>['title']>>({ enabled: optional(flag), text: optional(text) }),
  ),
  leftAction: optional(headerAction),
  rightAction: optional(headerAction),
});

const composer = strict<Part<'composer'>>({
  placeholder: optional(text),
  attachments: optional(
    strict<ComposerPart<'attachments'>>({
      enabled: required(flag),
      maxSize: optional(either(number, record(number))),
      maxCount: optional(number),
      accept: optional(record(list(text))),
    }),
  ),
  tools: optional(
    list(
      strict<ToolOption>({
        id: required(text),
        label: required(text),
        icon: required(icon),
        shortLabel: optional(text),
        placeholderOverride: optional(text),
        pinned: optional(flag),
        persistent: optional(flag),
      }),
    ),
  ),
  models: optional(
    list(
      strict<ModelOption>({
        id: required(text),
        label: required(text),
        description: optional(text),
        disabled: optional(flag),
        default: optional(flag),
      }),
    ),
  ),
  dictation: optional(strict<ComposerPart<'dictation'>>({ enabled: required(flag) })),
});

const options = strict<ChatKitOptions>({
  api: required(api),
  locale: optional(text),
  theme: optional((value, path) =>
    typeof value === 'string' ? oneOf('light', 'dark')(value, path) : theme(value, path),
  ),
  frameTitle: optional(text),
  initialThread: optional(nullOr(text)),
  onClientTool: optional(callback),
  header: optional(header),
  history: optional(
    strict<Part<'history'>>({
      enabled: optional(flag),
      showDelete: optional(flag),
      showRename: optional(flag),
    }),
  ),
  startScreen: optional(
    strict<Part<'startScreen'>>({
      greeting: optional(text),
      prompts: optional(
        list(
          strict<StartScreenPrompt>({
            label: required(text),
            prompt: required(either(text, content)),
            icon: optional(icon),
          }),
        ),
      ),
    }),
  ),
  threadItemActions: optional(
    strict<Part<'threadItemActions'>>({ feedback: optional(flag), retry: optional(flag) }),
  ),
  composer: optional(composer),
  disclaimer: optional(
    strict<Part<'disclaimer'>>({ text: required(text), highContrast: optional(flag) }),
  ),
  entities: optional(
    strict<Part<'entities'>>({
      onTagSearch: optional(callback),
      showComposerMenu: optional(flag),
      onClick: optional(callback),
      onRequestPreview: optional(callback),
    }),
  ),
  commands: optional(
    strict<Part<'commands'>>({
      enabled: required(flag),
      onSearch: optional(callback),
      onSelect: optional(callback),
    }),
  ),
  widgets: optional(strict<Part<'widgets'>>({ onAction: optional(callback) })),
  thread: optional(strict<Part<'thread'>>({ autoScroll: optional(flag) })),
});

/** Validated options, with a marker in the place of each function. */
export type FrameOptions = ChatKitOptions;

/** ChatKit's error for invalid options. It appears in the frame's console only. */
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
