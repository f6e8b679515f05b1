import type { TaskPilotChatErrorCode } from '../errors.js';
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

/** The one friendly sentence for a failure; for what only a developer can mend it says no more than that. */
export const errorSentence = (
  code: TaskPilotChatErrorCode,
  strings: ChatStrings & Partial<Record<TaskPilotChatErrorCode, string>>,
): string => strings[code] ?? strings.failed;
