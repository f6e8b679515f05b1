import type { SupportedLocale } from '@openai/chatkit';

const languages =
  'am ar bg bn bs ca cs da de el en es et fi fr gu hi hr hu hy id is it ja ka kk kn ko lt lv mk ml mn mr ms my nb nl pa pl pt ro ru sk sl so sq sr sv sw ta te th tl tr uk ur vi zh'.split(
    ' ',
  );
/** Where a region makes a difference to ChatKit. */
const regional = 'fr-CA pt-BR pt-PT zh-HK zh-TW'.split(' ');
const aliases: Partial<Record<string, string>> = { no: 'nb', nn: 'nb', fil: 'tl', in: 'id' };

/** The locale of ChatKit that comes nearest to a BCP 47 tag; English when there is none. */
export function toSupportedLocale(tag: string): SupportedLocale {
  let locale: Intl.Locale;
  try {
    locale = new Intl.Locale(tag);
  } catch {
    return 'en';
  }
  const { region, script } = locale;
  const language = aliases[locale.language] ?? locale.language;
  const full = `${language}-${region ?? ''}`;
  if (regional.includes(full)) return full as SupportedLocale;
  if (language === 'zh' && (script === 'Hant' || region === 'MO')) return 'zh-Hant';
  if (language === 'es' && region && region !== 'ES') return 'es-419';
  return languages.includes(language) ? (language as SupportedLocale) : 'en';
}
