import type { FrameOptions } from './option-checks.js';

const rightToLeft = ['ar', 'he', 'fa', 'ur'];

const fallbackLocale = 'en';

/** Falls back to English for an invalid locale, such as `en-US@posix`, which some browsers report. */
export function usableLocale(locale: string = fallbackLocale): string {
  try {
    return new Intl.Locale(locale).toString();
  } catch {
    return fallbackLocale;
  }
}

/** Parses a CSS colour to red, green and blue; null when it is invalid. */
function toRgb(color: string): readonly number[] | null {
  if (!CSS.supports('color', color)) return null;
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  if (!context) return null;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Black or white, whichever has the higher contrast. */
export const readableOn = (rgb: readonly number[]): string =>
  luminance(rgb) > 0.179 ? '#000000' : '#ffffff';

/** Applies theme and language to the document: attributes and custom properties, which frame.css reads. */
export function applyAppearance(
  root: HTMLElement,
  { theme, locale, frameTitle }: FrameOptions,
): void {
  const { colorScheme, radius, density, typography, color } =
    typeof theme === 'object' ? theme : { colorScheme: theme };
  root.dataset['scheme'] = colorScheme ?? 'light';
  root.dataset['radius'] = radius ?? 'pill';
  root.dataset['density'] = density ?? 'normal';
  const accent = color?.accent?.primary ?? '';
  const accentRgb = toRgb(accent);
  const values: Readonly<Record<string, string | undefined>> = {
    '--accent': accentRgb ? accent : undefined,
    '--on-accent': accentRgb ? readableOn(accentRgb) : undefined,
    '--surface': color?.surface?.background,
    '--text': color?.surface?.foreground,
    '--font': typography?.fontFamily,
    '--font-mono': typography?.fontFamilyMono,
    '--size': typography?.baseSize === undefined ? undefined : `${typography.baseSize}px`,
  };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) root.style.removeProperty(name);
    else root.style.setProperty(name, value);
  }
  const language = usableLocale(locale);
  root.lang = language;
  root.dir = rightToLeft.includes(new Intl.Locale(language).language) ? 'rtl' : 'ltr';
  root.ownerDocument.title = frameTitle ?? 'Chat';
}
