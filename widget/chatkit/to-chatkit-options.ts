import type { ChatKitOptions, StartScreenPrompt } from '@openai/chatkit';
import { toSupportedLocale } from './locale.js';
import { checkOptions } from './option-shapes.js';

/** What a page may set beside the attributes; who answers is the session endpoint's business. */
export type PageOptions = Omit<ChatKitOptions, 'api'>;

/** The element's attributes, as far as ChatKit has to know them. Absent ones keep ChatKit's defaults. */
export interface ChatKitSettings {
  /** Whether ChatKit shows its own header. */
  ownHeader: boolean;
  label: string;
  colorScheme: 'light' | 'dark';
  locale: string;
  greeting?: string | undefined;
  placeholder?: string | undefined;
  disclaimer?: string | undefined;
  prompts?: readonly (StartScreenPrompt | string)[] | undefined;
  accentColor?: string | undefined;
  radius?: string | undefined;
  density?: string | undefined;
  thread?: string | null | undefined;
  history: boolean;
  feedback: boolean;
  retry: boolean;
  options: PageOptions | undefined;
}

type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A deep copy, `over` above `under`; what is undefined does not count. ChatKit changes the object that it is
 * given, so nothing of the page's may be in it.
 */
function merge(under: unknown, over: unknown): unknown {
  if (over === undefined) return under === undefined ? undefined : merge(undefined, under);
  if (Array.isArray(over)) return over.map((entry) => merge(undefined, entry));
  if (!isPlain(over)) return over;
  const base: Plain = isPlain(under) ? under : {};
  const merged: Plain = {};
  for (const key of new Set([...Object.keys(base), ...Object.keys(over)])) {
    const value = merge(base[key], over[key]);
    if (value !== undefined && !(isPlain(value) && !Object.keys(value).length)) merged[key] = value;
  }
  return merged;
}

/**
 * Everything that ChatKit is told, checked.
 *
 * @throws {TaskPilotChatError} `invalid_options`
 */
export function toChatKitOptions(
  settings: ChatKitSettings,
  api: ChatKitOptions['api'],
): ChatKitOptions {
  const {
    options = {},
    greeting,
    prompts,
    placeholder,
    disclaimer,
    accentColor,
    ...rest
  } = settings;
  if (isPlain(options)) {
    // Checked together with the rest below, but there `api` would be a known key.
    checkOptions({ ...options, ...('api' in options && { 'options.api': 1 }) });
  }
  const pageTheme = options.theme;
  const attributes = {
    locale: options.locale ?? toSupportedLocale(rest.locale),
    frameTitle: options.frameTitle ?? rest.label,
    initialThread: rest.thread,
    header: options.header ?? (rest.ownHeader ? undefined : { enabled: false }),
    history: rest.history ? { enabled: true } : (options.history ?? { enabled: false }),
    threadItemActions: {
      feedback: rest.feedback || undefined,
      retry: rest.retry || undefined,
    },
    startScreen: {
      greeting,
      prompts: prompts?.map((prompt) =>
        typeof prompt === 'string' ? { label: prompt, prompt } : prompt,
      ),
    },
    composer: { placeholder },
    disclaimer: disclaimer === undefined ? undefined : { text: disclaimer },
    theme: {
      colorScheme: rest.colorScheme,
      radius: rest.radius,
      density: rest.density,
      color: accentColor === undefined ? undefined : { accent: { primary: accentColor, level: 1 } },
    },
  };
  const under = typeof pageTheme === 'string' ? { ...options, theme: {} } : options;
  const merged = merge(under, attributes) as ChatKitOptions;
  checkOptions(merged);
  // The page's functions and the api stay what they are.
  merged.api = api;
  return merged;
}
