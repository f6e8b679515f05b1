import type { ChatKitOptions, StartScreenPrompt } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';
import { toSupportedLocale } from './locale.js';
import { checkOptions, isGroup, own } from './validate.js';

/** What a page may set beside the attributes; who answers is the session endpoint's business. */
export type PageOptions = Omit<ChatKitOptions, 'api'>;

type Text = string | undefined;
type Flag = boolean | undefined;

/** The element's properties that are options of ChatKit by another name. Absent ones keep ChatKit's defaults. */
export interface ChatKitAttributes {
  label?: Text;
  locale?: Text;
  greeting?: Text;
  placeholder?: Text;
  disclaimer?: Text;
  /** As text it is JSON. */
  prompts?: Text | readonly (StartScreenPrompt | string)[];
  accentColor?: Text;
  radius?: Text;
  density?: Text;
  history?: Flag;
  feedback?: Flag;
  retryButton?: Flag;
  options?: PageOptions | undefined;
}

/** What follows from the page around, and from the visit until now. */
export interface ChatKitSurroundings {
  /** Whether ChatKit shows its own header. */
  ownHeader: boolean;
  colorScheme: 'light' | 'dark';
  thread: Text | null;
  /** What the page's options and attributes leave open. */
  defaults: { label: string; locale: string; thread: Text | null };
}

/**
 * A deep copy of all layers, later ones above; what is undefined or an empty object does not count. ChatKit
 * changes the object that it is given, so nothing of the page's may be in it.
 */
function merge(...layers: unknown[]): unknown {
  const top = layers.filter((layer) => layer !== undefined).at(-1);
  if (Array.isArray(top)) return top.map((entry) => merge(entry));
  if (!isGroup(top)) return top;
  const groups = layers.filter(isGroup);
  const entries = groups
    .flatMap((group) => Object.keys(group))
    .map((key) => [key, merge(...groups.map((group) => own(group, key)))] as const)
    .filter(([, value]) => value !== undefined && !(isGroup(value) && !Object.keys(value).length));
  return Object.fromEntries(entries);
}

/** A flag that is not set leaves it to the page's options. */
const isOn = (flag: Flag): Flag => (flag ? true : undefined);

function parsePrompts(prompts: ChatKitAttributes['prompts']): unknown {
  let list: unknown = prompts;
  try {
    if (typeof prompts === 'string') list = JSON.parse(prompts);
  } catch {
    // Told by the check, like JSON of something else.
  }
  return Array.isArray(list)
    ? list.map((prompt: unknown) =>
        typeof prompt === 'string' ? { label: prompt, prompt } : prompt,
      )
    : list;
}

/**
 * Everything that ChatKit is told, checked.
 *
 * @throws {TaskPilotChatError} `invalid_options`
 */
export function toChatKitOptions(
  attributes: ChatKitAttributes,
  { ownHeader, colorScheme, thread, defaults }: ChatKitSurroundings,
  api: ChatKitOptions['api'],
): ChatKitOptions {
  const { options = {}, accentColor } = attributes;
  if (!isGroup(options)) checkOptions(options);
  if (accentColor && !CSS.supports('color', accentColor)) {
    throw new TaskPilotChatError('invalid_options', { detail: 'accent-color' });
  }
  const { theme, header, history } = options;
  const under = {
    locale: toSupportedLocale(defaults.locale),
    frameTitle: defaults.label,
    initialThread: defaults.thread,
    header: header || ownHeader ? undefined : { enabled: false },
    history: history ? undefined : { enabled: false },
  };
  const page = typeof theme === 'string' ? { ...options, theme: { colorScheme: theme } } : options;
  const over = {
    locale: attributes.locale && toSupportedLocale(attributes.locale),
    frameTitle: attributes.label,
    initialThread: thread,
    history: { enabled: isOn(attributes.history) },
    threadItemActions: {
      feedback: isOn(attributes.feedback),
      retry: isOn(attributes.retryButton),
    },
    startScreen: {
      greeting: attributes.greeting,
      prompts: parsePrompts(attributes.prompts),
    },
    composer: { placeholder: attributes.placeholder },
    disclaimer: { text: attributes.disclaimer },
    theme: {
      colorScheme,
      radius: attributes.radius,
      density: attributes.density,
      color: { accent: accentColor && { primary: accentColor, level: 1 } },
    },
  };
  const merged = merge(under, page, over) as ChatKitOptions;
  checkOptions(merged);
  return { ...merged, api: { ...api } };
}
