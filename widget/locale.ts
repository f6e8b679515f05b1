/** Language, likely script and region of a locale (BCP 47); nothing if it is not one. */
export function parseLocale(locale: string): Partial<Intl.Locale> {
  try {
    return new Intl.Locale(locale.replaceAll('_', '-')).maximize();
  } catch {
    return {};
  }
}
