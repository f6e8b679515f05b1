import type { TaskPilotChatError, TaskPilotChatErrorCode } from '../errors.js';
import { parseLocale } from '../locale.js';
import { en, type ChatStrings, type LanguageStrings } from './en.js';

export { loadLanguage } from './modules.js';
export type { ChatStrings, LanguageStrings } from './en.js';

/** The bubble's text by language. All other texts of a language are fetched when the visitor shows intent. */
const chat = {
  ar: 'محادثة',
  bn: 'চ্যাট',
  de: 'Chat',
  es: 'Chat',
  fr: 'Chat',
  hi: 'चैट',
  id: 'Obrolan',
  it: 'Chat',
  ja: 'チャット',
  ko: '채팅',
  'pt-BR': 'Chat',
  ru: 'Чат',
  tr: 'Sohbet',
  ur: 'چیٹ',
  'zh-CN': '聊天',
};

/** A language other than English that the widget has texts in. */
export type Language = keyof typeof chat;

export const languages = Object.keys(chat) as Language[];

export const isRightToLeft = (locale: string): boolean =>
  /Arab|Hebr|Thaa|Syrc|Nkoo|Adlm/.test(parseLocale(locale).script ?? '');

/** The language that the widget's own texts have in a locale: English where there is none. */
export function languageOf(locale: string): Language | 'en' {
  const { language, script } = parseLocale(locale);
  // Who reads traditional characters does not expect simplified ones.
  const isKnown = (tag: Language): boolean => tag.slice(0, 2) === language && script !== 'Hant';
  return languages.find(isKnown) ?? 'en';
}

/** The texts of a language, as far as they are there: English stands in for the rest. */
export const stringsFor = (
  language: Language | 'en',
  loaded?: LanguageStrings,
  overrides?: Partial<ChatStrings>,
): ChatStrings => ({
  ...en,
  ...(language !== 'en' && { chat: chat[language] }),
  ...loaded,
  ...overrides,
});

export const formatNumber = (
  value: number,
  language: string,
  options?: Intl.NumberFormatOptions,
): string => new Intl.NumberFormat(language, options).format(value);

/** A duration in words, such as "57 seconds" or "2 minutes". */
const duration = (seconds: number, language: string): string => {
  const isLong = seconds > 90;
  return formatNumber(Math.ceil(isLong ? seconds / 60 : seconds), language, {
    style: 'unit',
    unit: isLong ? 'minute' : 'second',
    unitDisplay: 'long',
  });
};

/** The one friendly sentence for a failure; for what only a developer can mend it says no more than that. */
export const errorSentence = (
  { code, retryAfterSeconds }: Pick<TaskPilotChatError, 'code' | 'retryAfterSeconds'>,
  strings: ChatStrings & Partial<Record<TaskPilotChatErrorCode, string>>,
  language: string,
): string =>
  code === 'session_rate_limited' && retryAfterSeconds
    ? strings.wait.replace('{time}', duration(retryAfterSeconds, language))
    : (strings[code] ?? strings.failed);
