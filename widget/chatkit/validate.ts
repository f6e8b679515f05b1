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

/** The value without what ChatKit would refuse; undefined when nothing of it can be used. */
function accept(value: unknown, expected: unknown, path: string, report: Report): unknown {
  if (value === undefined) return undefined;
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
  const entries = Object.keys(value).flatMap((key) => {
    const known = own(expected as object, key);
    if (known === undefined) report(`${path} has no ${key}`);
    const accepted = known && accept(value[key], known, `${path}.${key}`, report);
    return accepted === undefined ? [] : [[key, accepted] as const];
  });
  return Object.fromEntries(entries);
}

/** A copy of the options without what ChatKit would refuse, which is reported. Required keys may come from elsewhere. */
export const acceptOptions = (options: unknown, report: Report): Record<string, unknown> =>
  (accept(options, shape, 'options', report) ?? {}) as Record<string, unknown>;

/** A copy of the options without groups that lack a required key, which is reported. */
export function completeOptions(
  options: Readonly<Record<string, unknown>>,
  report: Report,
): Record<string, unknown> {
  const isComplete = ([name, value]: [string, unknown]): boolean => {
    const group = own(shape, name);
    if (!isGroup(group) || !isGroup(value)) return true;
    const missing = Object.keys(group).find(
      (key) => String(group[key]).endsWith('!') && own(value, key) === undefined,
    );
    if (missing) report(`options.${name}.${missing} is missing`);
    return !missing;
  };
  return Object.fromEntries(Object.entries(options).filter(isComplete));
}
