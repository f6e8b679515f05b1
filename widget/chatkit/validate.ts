import type { ChatKitOptions } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';

/**
 * ChatKit rejects unknown or wrong options inside its frame, where the page cannot see it, so options and the keys of
 * their groups are validated before. A leaf lists the allowed types and (JSON) values, separated by bars, with a final
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
  api: 'from the session endpoint',
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

function check(value: unknown, expected: unknown, path: string): void {
  const insist = (isRight: boolean, problem: string): void => {
    if (!isRight) throw new TaskPilotChatError('invalid_options', { detail: `${path} ${problem}` });
  };
  if (typeof expected === 'string') {
    const [kinds = '', required] = expected.split('!');
    const type = Array.isArray(value) ? array : value === null ? 'null' : typeof value;
    if (value === undefined) insist(required === undefined, 'is missing');
    else
      insist(
        kinds.split('|').some((kind) => kind === type || kind === `"${value as string}"`),
        `must be ${kinds}`,
      );
  } else if (value !== undefined) {
    insist(isGroup(value), 'must be an object');
    for (const key of Object.keys({ ...(expected as object), ...(value as object) })) {
      const known = own(expected as object, key);
      insist(known !== undefined, `has no ${key}`);
      check(own(value as object, key), known, `${path}.${key}`);
    }
  }
}

/**
 * @throws {TaskPilotChatError} `invalid_options`, naming the first option that ChatKit would refuse
 */
export const checkOptions = (options: unknown): void => check(options, shape, 'options');
