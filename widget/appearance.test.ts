import { pageColorScheme, readableOn } from './appearance.js';
import { usePage } from './test/page.js';
import { bubbleOf } from './test/query.js';
import { expect } from './test/testing.js';

/** As the standard has it (WCAG 2.2), of two colours with channels from 0 to 255. */
function contrast(first: number[], second: number[]): number {
  const luminance = (color: number[]): number => {
    const [red = 0, green = 0, blue = 0] = color.map((part) => {
      const channel = part / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const channels: Record<string, number[]> = { '#fff': [255, 255, 255], '#000': [0, 0, 0] };

describe('readableOn', () => {
  it('has a contrast of at least 4.5 : 1 on every colour', () => {
    for (let red = 0; red <= 255; red += 5) {
      for (let green = 0; green <= 255; green += 5) {
        for (let blue = 0; blue <= 255; blue += 15) {
          const text = readableOn(`rgb(${red}, ${green}, ${blue})`);
          const ratio = contrast(channels[text] ?? [], [red, green, blue]);
          if (ratio < 4.5) throw new Error(`${ratio} on rgb(${red}, ${green}, ${blue})`);
        }
      }
    }
  });

  it('reads every way in which browsers write colours', () => {
    expect(readableOn('rgba(255, 255, 0, 0.9)')).to.equal('#000');
    expect(readableOn('color(srgb 0.1 0.1 0.4)')).to.equal('#fff');
    expect(readableOn('color(srgb 1 0.9 1e-7)')).to.equal('#000');
    expect(readableOn('color(srgb -0.1 0.1 0.2)')).to.equal('#fff');
  });
});

describe('The accent', () => {
  const page = usePage();

  for (const [accent, icon] of [
    ['yellow', 'rgb(0, 0, 0)'],
    ['#4f46e5', 'rgb(255, 255, 255)'],
    ['oklch(0.85 0.2 150)', 'rgb(0, 0, 0)'],
    ['hsl(240 60% 30%)', 'rgb(255, 255, 255)'],
  ] as const) {
    it(`${accent} has an icon that can be seen`, async () => {
      const chat = await page.place({ 'accent-color': accent });
      expect(getComputedStyle(bubbleOf(chat)).color).to.equal(icon);
      chat.removeAttribute('accent-color');
      chat.style.setProperty('--taskpilot-chat-accent', accent);
      chat.requestUpdate();
      await chat.updateComplete;
      expect(getComputedStyle(bubbleOf(chat)).color).to.equal(icon);
    });
  }

  it('that is no colour leaves the bubble its own', async () => {
    const chat = await page.place({ 'accent-color': 'blau' });
    expect(getComputedStyle(bubbleOf(chat)).backgroundColor).to.equal('rgb(79, 70, 229)');
  });
});

describe('pageColorScheme', () => {
  const page = usePage();
  const within = (scheme: string): Element => {
    const box = page.add(`<div style="color-scheme: ${scheme}"><i></i></div>`);
    return box.firstElementChild ?? box;
  };

  it('follows what the page declares', () => {
    expect(pageColorScheme(within('dark'))).to.equal('dark');
    expect(pageColorScheme(within('only light'))).to.equal('light');
  });

  it('asks the system where the page allows both or says nothing', () => {
    const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    expect(pageColorScheme(within('light dark'))).to.equal(system);
    expect(pageColorScheme(within('normal'))).to.equal(system);
  });

  it('follows the page’s head where no style says anything', () => {
    const meta = document.createElement('meta');
    Object.assign(meta, { name: 'color-scheme', content: 'dark' });
    document.head.append(meta);
    expect(pageColorScheme(within('normal'))).to.equal('dark');
    meta.remove();
  });
});
