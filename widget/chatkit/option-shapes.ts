import type { ChatKitOptions } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';

/**
 * ChatKit refuses unknown or wrong options inside its frame, where the page cannot see it: so they are
 * checked before. A leaf names the kind of value: one of `typeof`'s words, `?` for anything, `null` allowed
 * behind a bar, or the allowed texts with bars between; a list has the shape of its entries.
 */
type Shape = string | readonly [Shape] | { readonly [key: string]: Shape };
/** Every key of the type must be there: an option that ChatKit gains breaks the compilation here. */
type ShapeOf<T> = { readonly [Key in keyof Required<T>]: Shape };

const action = { icon: 'string', onClick: 'function' } as const;
const content = '?';

const shape = {
  api: '?',
  locale: 'string',
  theme: '?',
  frameTitle: 'string',
  initialThread: 'string|null',
  onClientTool: 'function',
  header: {
    enabled: 'boolean',
    title: { enabled: 'boolean', text: 'string' },
    leftAction: action,
    rightAction: action,
  } satisfies ShapeOf<ChatKitOptions['header'] & object>,
  history: {
    enabled: 'boolean',
    showDelete: 'boolean',
    showRename: 'boolean',
  } satisfies ShapeOf<ChatKitOptions['history'] & object>,
  startScreen: {
    greeting: 'string',
    prompts: [{ label: 'string', prompt: content, icon: 'string' }],
  } satisfies ShapeOf<ChatKitOptions['startScreen'] & object>,
  threadItemActions: {
    feedback: 'boolean',
    retry: 'boolean',
  } satisfies ShapeOf<ChatKitOptions['threadItemActions'] & object>,
  composer: {
    placeholder: 'string',
    attachments: { enabled: 'boolean', maxSize: '?', maxCount: 'number', accept: '?' },
    tools: [
      {
        id: 'string',
        label: 'string',
        icon: 'string',
        shortLabel: 'string',
        placeholderOverride: 'string',
        pinned: 'boolean',
        persistent: 'boolean',
      },
    ],
    models: [
      {
        id: 'string',
        label: 'string',
        description: 'string',
        disabled: 'boolean',
        default: 'boolean',
      },
    ],
    dictation: { enabled: 'boolean' },
  } satisfies ShapeOf<ChatKitOptions['composer'] & object>,
  disclaimer: {
    text: 'string',
    highContrast: 'boolean',
  } satisfies ShapeOf<ChatKitOptions['disclaimer'] & object>,
  entities: {
    onTagSearch: 'function',
    showComposerMenu: 'boolean',
    onClick: 'function',
    onRequestPreview: 'function',
  } satisfies ShapeOf<ChatKitOptions['entities'] & object>,
  commands: {
    enabled: 'boolean',
    onSearch: 'function',
    onSelect: 'function',
  } satisfies ShapeOf<ChatKitOptions['commands'] & object>,
  widgets: { onAction: 'function' } satisfies ShapeOf<ChatKitOptions['widgets'] & object>,
  thread: { autoScroll: 'boolean' } satisfies ShapeOf<ChatKitOptions['thread'] & object>,
} satisfies ShapeOf<ChatKitOptions>;

const themeShape = {
  colorScheme: 'light|dark',
  typography: {
    baseSize: 'number',
    fontSources: [
      {
        family: 'string',
        src: 'string',
        weight: '?',
        style: 'normal|italic|oblique',
        display: 'auto|block|swap|fallback|optional',
        unicodeRange: 'string',
      },
    ],
    fontFamily: 'string',
    fontFamilyMono: 'string',
  },
  radius: 'pill|round|soft|sharp',
  density: 'compact|normal|spacious',
  color: {
    grayscale: { hue: 'number', tint: 'number', shade: 'number' },
    accent: { primary: 'string', level: 'number' },
    surface: { background: 'string', foreground: 'string' },
  },
} satisfies ShapeOf<Exclude<ChatKitOptions['theme'], string | undefined>>;

const fail = (path: string, problem: string): never => {
  throw new TaskPilotChatError('invalid_options', { detail: `${path} ${problem}` });
};

function check(value: unknown, expected: Shape, path: string): void {
  if (value === undefined || expected === '?') return;
  if (typeof expected === 'string') {
    const kinds = expected.split('|');
    const kind = value === null ? 'null' : typeof value;
    if (!kinds.includes(kind) && !(kind === 'string' && kinds.includes(value as string))) {
      fail(path, `must be ${expected}`);
    }
  } else if (Array.isArray(expected)) {
    if (!Array.isArray(value)) fail(path, 'must be an array');
    (value as unknown[]).forEach((entry, index) =>
      check(entry, (expected as readonly [Shape])[0], `${path}[${index}]`),
    );
  } else {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      fail(path, 'must be an object');
    }
    for (const [key, entry] of Object.entries(value as object)) {
      const at = path ? `${path}.${key}` : key;
      if (!Object.hasOwn(expected, key)) fail(at, 'is unknown to ChatKit');
      check(entry, (expected as Readonly<Record<string, Shape | undefined>>)[key] ?? '?', at);
    }
  }
}

/**
 * @throws {TaskPilotChatError} `invalid_options`, naming the first option that ChatKit would refuse
 */
export function checkOptions(options: object): void {
  check(options, shape, '');
  const { theme } = options as ChatKitOptions;
  check(theme, typeof theme === 'string' ? 'light|dark' : themeShape, 'theme');
}
