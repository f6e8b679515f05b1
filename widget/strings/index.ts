import type { TaskPilotChatErrorCode } from '../errors.js';
import { ar } from './ar.js';
import { en, type ChatStrings } from './en.js';

export type { ChatStrings } from './en.js';

const languages: Partial<Record<string, ChatStrings>> = { ar, en };
const rightToLeft = ['ar', 'dv', 'fa', 'he', 'ps', 'ur', 'yi'];

const languageOf = (locale: string): string => locale.split('-')[0]?.toLowerCase() ?? '';

export function isRightToLeft(locale: string): boolean {
  return rightToLeft.includes(languageOf(locale));
}

/** @param locale BCP 47 */
export function stringsFor(locale: string, overrides: Partial<ChatStrings> = {}): ChatStrings {
  return { ...(languages[languageOf(locale)] ?? en), ...overrides };
}

/** The one friendly sentence for each failure; what only a developer can mend needs no more than one. */
const sentences: Partial<Record<TaskPilotChatErrorCode, keyof ChatStrings>> = {
  offline: 'offline',
  session_rate_limited: 'busy',
  session_unauthenticated: 'signIn',
  session_forbidden: 'refused',
  insecure_context: 'refused',
};

export function errorSentence(code: TaskPilotChatErrorCode, strings: ChatStrings): string {
  return strings[sentences[code] ?? 'failed'];
}
