import type { ChatKitOptions } from '@openai/chatkit';

/**
 * ChatKit rejects unknown or wrong options inside its frame, where the page cannot see it, so options and the keys of
 * their groups are validated before; what is wrong is left out. A leaf lists the allowed types and (JSON) values, separated by bars, with a final
 * `!` when it is required. What lies deeper is left to ChatKit, whose frame reports it on the console.
 */
type Leaf = string;
/** Every key of the type is required: an option that ChatKit gains breaks the compilation here. */
type Shape = {
  readonly [Name in keyof Required<ChatKitOptions>]:
    Leaf | { readonly [Key in keyof Required<Group<ChatKitOptions[Name]>>]: Leaf };
};
type Group<Value> = Extract<NonNullable<Value>, object>;

const text = 'string';
const flag = 'boolean';
const handler = 'function';
const object = 'object';
const array = 'array';

const shape: Shape = {
  api: 'left to the session endpoint',
  locale: text,
  frameTitle: text,
  initialThread: 'string|null',
  onClientTool: handler,
  header: { enabled: flag, title: object, leftAction: object, rightAction: object },
  history: { enabled: flag, showDelete: flag, showRename: flag },
  startScreen: { greeting: text, prompts: array },
  threadItemActions: { feedback: flag, retry: flag },
  composer: {
    placeholder: text,
    attachments: object,
    tools: array,
    models: array,
    dictation: object,
  },
  disclaimer: { text: 'string!', highContrast: flag },
  entities: {
    onTagSearch: handler,
    showComposerMenu: flag,
    onClick: handler,
    onRequestPreview: handler,
  },
  commands: { enabled: 'boolean!', onSearch: handler, onSelect: handler },
  widgets: { onAction: handler },
  thread: { autoScroll: flag },
  theme: {
    colorScheme: '"light"|"dark"',
    typography: object,
    radius: '"pill"|"round"|"soft"|"sharp"',
    density: '"compact"|"normal"|"spacious"',
    color: object,
  },
};

/** Ignores what a page has put into `Object.prototype`. */
export const own = (group: object, key: string): unknown =>
  Object.hasOwn(group, key) ? (group as Record<string, unknown>)[key] : undefined;

export const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Gets one line for each option that is left out. */
export type Report = (problem: string) => void;

const typeOf = (value: unknown): string =>
  Array.isArray(value) ? array : value === null ? 'null' : typeof value;

/** A copy of the value without what ChatKit would refuse; undefined when nothing of it can be used. */
function accept(value: unknown, expected: Leaf | object, path: string, report: Report): unknown {
  if (typeof expected === 'string') {
    const [kinds = ''] = expected.split('!');
    const isRight = kinds
      .split('|')
      .some((kind) => kind === typeOf(value) || kind === `"${value as string}"`);
    if (isRight) return value;
    report(`${path} must be ${kinds}`);
    return undefined;
  }
  if (!isGroup(value)) {
    report(`${path} must be an object`);
    return undefined;
  }
  const accepted: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const known = own(expected, key) as Leaf | object | undefined;
    if (!known) report(`${path} has no ${key}`);
    const part = known && accept(value[key], known, `${path}.${key}`, report);
    if (part !== undefined) accepted[key] = part;
  }
  const missing = Object.entries(expected).find(
    ([key, kind]) => String(kind).endsWith('!') && own(accepted, key) === undefined,
  );
  if (!missing) return accepted;
  report(`${path}.${missing[0]} is missing`);
  return undefined;
}

/** A copy of the options without what ChatKit would refuse, which is reported. */
export const acceptOptions = (options: unknown, report: Report): object =>
  accept(options, shape, 'options', report) ?? {};
