import type { ChatKitOptions, StartScreenPrompt, SupportedLocale } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';
import { parseLocale } from '../locale.js';
import { warnOnce } from '../warn.js';
import { acceptOptions, isGroup, own } from './validate.js';

/** ChatKit's options that a page may set; `api` comes from the session endpoint. */
export type PageOptions = Omit<ChatKitOptions, 'api'>;

type Text = string | undefined;
type Flag = boolean | undefined;

/** The element's properties that become options of ChatKit. Absent ones keep ChatKit's defaults. */
export interface ChatKitAttributes {
  label?: Text;
  locale?: Text;
  greeting?: Text;
  placeholder?: Text;
  disclaimer?: Text;
  /** A string is parsed as JSON. */
  prompts?: Text | readonly (StartScreenPrompt | string)[];
  accentColor?: Text;
  radius?: 'pill' | 'round' | 'soft' | 'sharp' | undefined;
  density?: 'compact' | 'normal' | 'spacious' | undefined;
  history?: Flag;
  feedback?: Flag;
  retryButton?: Flag;
  options?: PageOptions | undefined;
}

/** What the page and the visit until now determine. */
export interface ChatKitSurroundings {
  /** Whether ChatKit shows its own header. */
  isInline: boolean;
  colorScheme: 'light' | 'dark';
  /** The accent without variables; empty for none. */
  accent: string;
  thread: Text | null;
  /** For what neither attributes nor the page's options set. */
  label: string;
  locale: string;
  lastThread?: Text | null;
}

const supported =
  'am ar bg bn bs ca cs da de el en es es-419 et fi fr fr-CA gu hi hr hu hy id is it ja ka kk kn ko lt lv mk ml mn mr ms my nb nl pa pl pt pt-BR pt-PT ro ru sk sl so sq sr sv sw ta te th tl tr uk ur vi zh zh-HK zh-Hant zh-TW'.split(
    ' ',
  ) as SupportedLocale[];

/** ChatKit's locale that is nearest to a BCP 47 tag; English when there is none. */
export function toSupportedLocale(tag: string): SupportedLocale {
  const { language = '', script, region } = parseLocale(tag);
  const nearest: unknown[] = [
    `${language}-${region}`,
    `${language}-${script}`,
    { es: region === 'ES' ? 'es' : 'es-419', fil: 'tl', nn: 'nb', no: 'nb' }[language],
    language,
  ];
  const isSupported = (name: unknown): name is SupportedLocale =>
    (supported as unknown[]).includes(name);
  return nearest.find(isSupported) ?? 'en';
}

/**
 * A deep copy of all layers, in which later layers win; undefined and empty objects are left out. A copy, because
 * ChatKit changes the object that it is given.
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

/** A deep copy of the options, for ChatKit changes the object that it is given. */
export const copyOptions = (options: ChatKitOptions): ChatKitOptions =>
  merge(options) as ChatKitOptions;

/** Whether two values are equal, in depth; functions are equal only to themselves. */
export function isEqual(first: unknown, second: unknown): boolean {
  if (Object.is(first, second)) return true;
  if (Array.isArray(first) !== Array.isArray(second)) return false;
  if (typeof first !== 'object' || typeof second !== 'object' || !first || !second) return false;
  const keys = Object.keys(first);
  return (
    keys.length === Object.keys(second).length &&
    keys.every((key) => isEqual(own(first, key), own(second, key)))
  );
}

/** A flag that is off leaves the choice to the page's options. */
const isOn = (flag: Flag): Flag => (flag ? true : undefined);

function parsePrompts(prompts: ChatKitAttributes['prompts']): unknown {
  let list: unknown = prompts;
  try {
    if (typeof prompts === 'string') list = JSON.parse(prompts);
  } catch {
    // The validation reports a value that is no array.
  }
  return Array.isArray(list)
    ? list.map((prompt: unknown) =>
        typeof prompt === 'string' ? { label: prompt, prompt } : prompt,
      )
    : list;
}

/**
 * Refuses an `api` of the page: not a cosmetic mistake, for the page expects another backend than the one that would answer.
 *
 * @throws {TaskPilotChatError} `invalid_options`
 */
export function refuseApi(options: object = {}): void {
  if (own(options, 'api') === undefined) return;
  throw new TaskPilotChatError('invalid_options', {
    detail: 'options.api must be left to the session endpoint',
  });
}

/** Parts of the composer that need the service; each is there when the session endpoint offers it. */
export const offerable = ['attachments', 'dictation', 'models'];

/** All options for ChatKit. Mistakes of the page are reported on the console and left out. */
export function toChatKitOptions(
  attributes: ChatKitAttributes,
  { isInline, colorScheme, accent, thread, label, locale, lastThread }: ChatKitSurroundings,
  api: ChatKitOptions['api'],
  offers: readonly string[] = [],
): ChatKitOptions {
  const page: unknown = attributes.options ?? {};
  if (!isGroup(page)) warnOnce('options must be an object');
  if (attributes.accentColor && !accent) warnOnce('accent-color is no CSS colour');
  const fromAttributes = merge({
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
      color: accent ? { accent: { primary: accent, level: 1 } } : undefined,
    },
  });
  const accepted = acceptOptions(merge(page, fromAttributes), warnOnce);
  const composer = own(accepted, 'composer') as Record<string, unknown> | undefined;
  for (const part of offerable) {
    if (!composer?.[part] || offers.includes(part)) continue;
    warnOnce(`options.composer.${part} must be left out: the session endpoint does not offer it`);
    composer[part] = undefined;
  }
  // A theme of the page that is only a colour scheme is part of `colorScheme`.
  return merge({
    locale: toSupportedLocale(locale),
    frameTitle: label,
    initialThread: lastThread,
    header: isInline ? undefined : { enabled: false },
    history: { enabled: false },
    ...accepted,
    api,
  }) as ChatKitOptions;
}
