import type { LanguageStrings } from './en.js';
import type { Language } from './index.js';

/** What a file of this folder exports, English apart. */
export interface LanguageModule {
  readonly strings: LanguageStrings;
}

/** Each import has its own literal path, so that bundlers of pages split the languages off. */
const modules: Readonly<Record<Language, () => Promise<LanguageModule>>> = {
  ar: () => import('./ar.js'),
  bn: () => import('./bn.js'),
  de: () => import('./de.js'),
  es: () => import('./es.js'),
  fr: () => import('./fr.js'),
  hi: () => import('./hi.js'),
  id: () => import('./id.js'),
  it: () => import('./it.js'),
  ja: () => import('./ja.js'),
  ko: () => import('./ko.js'),
  'pt-BR': () => import('./pt-BR.js'),
  ru: () => import('./ru.js'),
  tr: () => import('./tr.js'),
  ur: () => import('./ur.js'),
  'zh-CN': () => import('./zh-CN.js'),
};

/** Fetches the texts of a language. The one script has `beside-script.ts` instead of this module. */
export const loadLanguage = (language: Language): Promise<LanguageModule> => modules[language]();
