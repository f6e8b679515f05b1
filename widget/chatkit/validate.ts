import type { ChatKitOptions } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';

/**
 * ChatKit rejects unknown or wrong options inside its frame, where the page cannot see it, so they are validated
 * before. A leaf lists the allowed types and (JSON) values, separated by bars, with a final `!` when it is required; an
 * array holds the shape of its entries. Groups are optional.
 */
type Shape = string | readonly [Shape] | ShapeGroup;
interface ShapeGroup {
  readonly [key: string]: Shape;
}
/** Every key of the type is required: an option that ChatKit gains breaks the compilation here. */
type ShapeOf<T> = { readonly [Key in keyof Required<T>]: Shape };
type Options = Required<ChatKitOptions>;
type Composer = Required<Options['composer']>;
type Theme = Required<Exclude<Options['theme'], string>>;
type EntryOf<T> = T extends readonly (infer Entry)[] ? Entry : never;

const text = 'string';
const flag = 'boolean';
const handler = 'function';
const anything = `${text}|${flag}|number|object`;
const requiredText = `${text}!`;

const toggle = { enabled: `${flag}!` };
const action = { icon: requiredText, onClick: `${handler}!` } satisfies ShapeOf<
  Options['header']['leftAction']
>;

const shape = {
  api: 'from the session endpoint',
  locale: text,
  frameTitle: text,
  initialThread: `${text}|null`,
  onClientTool: handler,
  header: {
    enabled: flag,
    title: { enabled: flag, text },
    leftAction: action,
    rightAction: action,
  } satisfies ShapeOf<Options['header']>,
  history: { enabled: flag, showDelete: flag, showRename: flag } satisfies ShapeOf<
    Options['history']
  >,
  startScreen: {
    greeting: text,
    prompts: [
      { label: requiredText, prompt: `${text}|object!`, icon: text } satisfies ShapeOf<
        EntryOf<Options['startScreen']['prompts']>
      >,
    ],
  } satisfies ShapeOf<Options['startScreen']>,
  threadItemActions: { feedback: flag, retry: flag } satisfies ShapeOf<
    Options['threadItemActions']
  >,
  composer: {
    placeholder: text,
    attachments: {
      ...toggle,
      maxSize: anything,
      maxCount: 'number',
      accept: 'object',
    } satisfies ShapeOf<Composer['attachments']>,
    tools: [
      {
        id: requiredText,
        label: requiredText,
        icon: requiredText,
        shortLabel: text,
        placeholderOverride: text,
        pinned: flag,
        persistent: flag,
      } satisfies ShapeOf<EntryOf<Composer['tools']>>,
    ],
    models: [
      {
        id: requiredText,
        label: requiredText,
        description: text,
        disabled: flag,
        default: flag,
      } satisfies ShapeOf<EntryOf<Composer['models']>>,
    ],
    dictation: toggle,
  } satisfies ShapeOf<Composer>,
  disclaimer: { text: requiredText, highContrast: flag } satisfies ShapeOf<Options['disclaimer']>,
  entities: {
    onTagSearch: handler,
    showComposerMenu: flag,
    onClick: handler,
    onRequestPreview: handler,
  } satisfies ShapeOf<Options['entities']>,
  commands: { ...toggle, onSearch: handler, onSelect: handler } satisfies ShapeOf<
    Options['commands']
  >,
  widgets: { onAction: handler } satisfies ShapeOf<Options['widgets']>,
  thread: { autoScroll: flag } satisfies ShapeOf<Options['thread']>,
  theme: {
    colorScheme: '"light"|"dark"',
    typography: {
      baseSize: 'number',
      fontSources: 'object',
      fontFamily: text,
      fontFamilyMono: text,
    } satisfies ShapeOf<Theme['typography']>,
    radius: '"pill"|"round"|"soft"|"sharp"',
    density: '"compact"|"normal"|"spacious"',
    color: {
      grayscale: { hue: 'number!', tint: 'number!', shade: 'number' },
      accent: { primary: requiredText, level: '0|1|2|3!' },
      surface: { background: requiredText, foreground: requiredText },
    } satisfies ShapeOf<Theme['color']>,
  } satisfies ShapeOf<Theme>,
} satisfies ShapeOf<ChatKitOptions>;

/** Ignores what a page has put into `Object.prototype`. */
export const own = (group: object, key: string): unknown =>
  Object.hasOwn(group, key) ? (group as Record<string, unknown>)[key] : undefined;

export const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function check(value: unknown, expected: Shape, path: string): void {
  const insist = (isRight: boolean, problem: string): void => {
    if (!isRight) throw new TaskPilotChatError('invalid_options', { detail: `${path} ${problem}` });
  };
  if (typeof expected === 'string') {
    const [kinds = '', needed] = expected.split('!');
    const literal = typeof value === 'string' ? `"${value}"` : `${value as number}`;
    const type = value === null ? literal : typeof value;
    if (value === undefined) insist(needed === undefined, 'is missing');
    else
      insist(
        kinds.split('|').some((kind) => kind === type || kind === literal),
        `must be ${kinds}`,
      );
  } else if (value === undefined) {
    // Groups may be left out.
  } else if (Array.isArray(expected)) {
    insist(Array.isArray(value), 'must be an array');
    for (const [index, entry] of (value as unknown[]).entries()) {
      check(entry ?? null, expected[0] as Shape, `${path}.${index}`);
    }
  } else {
    insist(isGroup(value), 'must be an object');
    for (const key of Object.keys({ ...(expected as ShapeGroup), ...(value as object) })) {
      const at = `${path}.${key}`;
      const known = own(expected, key) as Shape | undefined;
      insist(known !== undefined, `has no ${key}`);
      check(own(value as object, key), known ?? '', at);
    }
  }
}

/**
 * @throws {TaskPilotChatError} `invalid_options`, naming the first option that ChatKit would refuse
 */
export const checkOptions = (options: unknown): void => check(options, shape, 'options');
