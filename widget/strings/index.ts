import type { TaskPilotChatError, TaskPilotChatErrorCode } from '../errors.js';
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

/** Language and likely script of a locale (BCP 47); undefined if it is not one. */
function parse(locale: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(locale.replaceAll('_', '-')).maximize();
  } catch {
    return undefined;
  }
}

export const isRightToLeft = (locale: string): boolean =>
  /Arab|Hebr|Thaa|Syrc|Nkoo|Adlm/.test(parse(locale)?.script ?? '');

/** The language that the widget's own texts have in a locale: English where there is none. */
export function languageOf(locale: string): Language | 'en' {
  const parsed = parse(locale);
  const language = languages.find((tag) => tag.slice(0, 2) === parsed?.language);
  // Who reads traditional characters does not expect simplified ones.
  return language && parsed?.script !== 'Hant' ? language : 'en';
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
