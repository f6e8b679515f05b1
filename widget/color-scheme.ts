export type ColorScheme = 'light' | 'dark';

/** What the page around the element declares; where it says nothing or both, the system decides. */
export function pageColorScheme(element: Element): ColorScheme {
  // The element's own style starts anew, so its parent is asked.
  const parent = element.parentElement ?? document.documentElement;
  const schemes = getComputedStyle(parent).colorScheme.split(' ');
  const dark = schemes.includes('dark');
  if (dark !== schemes.includes('light')) return dark ? 'dark' : 'light';
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** Black or white, whichever can be read on the background (`rgb(…)` as computed styles have it). */
export function readableOn(background: string): '#000' | '#fff' {
  const [red = 0, green = 0, blue = 0] = (background.match(/[\d.]+/g) ?? [])
    .slice(0, 3)
    .map((part) => {
      const channel = Number(part) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  // Contrast with white is 1.05 / (L + 0.05): at least 4.5 up to this luminance.
  return luminance <= 1.05 / 4.5 - 0.05 ? '#fff' : '#000';
}
