import type { SupportedLocale } from '@openai/chatkit';

const supported =
  'am ar bg bn bs ca cs da de el en es es-419 et fi fr fr-CA gu hi hr hu hy id is it ja ka kk kn ko lt lv mk ml mn mr ms my nb nl pa pl pt pt-BR pt-PT ro ru sk sl so sq sr sv sw ta te th tl tr uk ur vi zh zh-HK zh-Hant zh-TW'.split(
    ' ',
  ) as SupportedLocale[];

/** The locale of ChatKit that comes nearest to a BCP 47 tag; English when there is none. */
export function toSupportedLocale(tag: string): SupportedLocale {
  try {
    const {
      language,
      script = '',
      region = '',
    } = new Intl.Locale(tag.replaceAll('_', '-')).maximize();
    const nearest = [
      `${language}-${region}`,
      `${language}-${script}`,
      { es: region === 'ES' ? 'es' : 'es-419', fil: 'tl', nn: 'nb', no: 'nb' }[language],
      language,
    ];
    return nearest.map((name) => supported.find((entry) => entry === name)).find(Boolean) ?? 'en';
  } catch {
    return 'en';
  }
}
