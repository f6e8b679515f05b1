import type { TaskPilotChatError, TaskPilotChatErrorCode } from '../errors.js';
import { ar } from './ar.js';
import { en, type ChatStrings } from './en.js';

export type { ChatStrings } from './en.js';

export const isRightToLeft = (locale: string): boolean =>
  /^(ar|dv|fa|he|ps|ur|yi)(?![a-z])/i.test(locale);

/** The language that the widget's own texts have in a locale (BCP 47). */
export const stringsLanguage = (locale: string): 'ar' | 'en' =>
  /^ar(?![a-z])/i.test(locale) ? 'ar' : 'en';

export const stringsFor = (locale: string, overrides?: Partial<ChatStrings>): ChatStrings => ({
  ...(stringsLanguage(locale) === 'ar' ? ar : en),
  ...overrides,
});

/** A duration in words, such as "57 seconds" or "2 minutes". */
const duration = (seconds: number, language: string): string => {
  const isLong = seconds > 90;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: isLong ? 'minute' : 'second',
    unitDisplay: 'long',
  }).format(isLong ? Math.ceil(seconds / 60) : Math.ceil(seconds));
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
