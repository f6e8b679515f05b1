export type ColorScheme = 'light' | 'dark';

/** What the page around the element declares; where it says nothing or both, the system decides. */
export function pageColorScheme({ parentElement }: Element): ColorScheme {
  const { colorScheme } = getComputedStyle(parentElement ?? document.documentElement);
  const meta = document.querySelector<HTMLMetaElement>('meta[name=color-scheme]');
  const declared = colorScheme === 'normal' ? (meta?.content ?? '') : colorScheme;
  const allowsDark = /\bdark\b/.test(declared);
  const isDark =
    allowsDark === /\blight\b/.test(declared)
      ? matchMedia('(prefers-color-scheme: dark)').matches
      : allowsDark;
  return isDark ? 'dark' : 'light';
}

/** Black or white, whichever can be read on a colour as computed styles have it. */
export function readableOn(color: string): string {
  // `rgb(79, 70, 229)` or `color(srgb 0.3 0.27 0.9)`
  const range = color.startsWith('rgb') ? 255 : 1;
  const [red = 0, green = 0, blue = 0] = (color.match(/-?[\d.]+(e-\d+)?/g) ?? []).map(
    (part) => Math.max(0, Number(part) / range) ** 2.2,
  );
  // Between the luminances 0.175 and 0.183 both have a contrast of 4.5.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179 ? '#fff' : '#000';
}
