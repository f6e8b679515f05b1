import type { SupportedLocale } from '@openai/chatkit';
import { expect } from '../test/testing.js';
import { toSupportedLocale } from './options.js';

/** A mapped type, so that a language that ChatKit gains or loses breaks the compilation here. */
type Language = Exclude<SupportedLocale, `${string}-${string}`> | Regional;
type Regional = 'es-419' | 'fr-CA' | 'pt-BR' | 'pt-PT' | 'zh-HK' | 'zh-Hant' | 'zh-TW';
const supported: Record<Language, true> = {
  am: true,
  ar: true,
  bg: true,
  bn: true,
  bs: true,
  ca: true,
  cs: true,
  da: true,
  de: true,
  el: true,
  en: true,
  es: true,
  et: true,
  fi: true,
  fr: true,
  gu: true,
  hi: true,
  hr: true,
  hu: true,
  hy: true,
  id: true,
  is: true,
  it: true,
  ja: true,
  ka: true,
  kk: true,
  kn: true,
  ko: true,
  lt: true,
  lv: true,
  mk: true,
  ml: true,
  mn: true,
  mr: true,
  ms: true,
  my: true,
  nb: true,
  nl: true,
  pa: true,
  pl: true,
  pt: true,
  ro: true,
  ru: true,
  sk: true,
  sl: true,
  so: true,
  sq: true,
  sr: true,
  sv: true,
  sw: true,
  ta: true,
  te: true,
  th: true,
  tl: true,
  tr: true,
  uk: true,
  ur: true,
  vi: true,
  zh: true,
  'es-419': true,
  'fr-CA': true,
  'pt-BR': true,
  'pt-PT': true,
  'zh-HK': true,
  'zh-Hant': true,
  'zh-TW': true,
};

describe('toSupportedLocale', () => {
  it('knows every locale of ChatKit', () => {
    for (const locale of Object.keys(supported)) {
      // Some have a closer name for what they mean.
      const closer = { pt: 'pt-BR', 'zh-Hant': 'zh-TW' }[locale];
      expect(toSupportedLocale(locale), locale).to.equal(closer ?? locale);
    }
  });

  for (const [tag, locale] of Object.entries({
    'de-AT': 'de',
    'fr-BE': 'fr',
    'es-MX': 'es-419',
    'es-ES': 'es',
    pt: 'pt-BR',
    'pt-AO': 'pt',
    'zh-MO': 'zh-Hant',
    'zh-Hant-HK': 'zh-HK',
    'zh-CN': 'zh',
    no: 'nb',
    nn: 'nb',
    'fil-PH': 'tl',
    'sr-Latn': 'sr',
    en_GB: 'en',
    eo: 'en',
    he: 'en',
    '': 'en',
    'not a tag': 'en',
    toString: 'en',
  })) {
    it(`takes ${locale} for “${tag}”`, () => {
      expect(toSupportedLocale(tag)).to.equal(locale);
    });
  }
});
