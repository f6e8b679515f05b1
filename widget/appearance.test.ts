import { sendKeys } from '@web/test-runner-commands';
import type { ThemeOption } from '@openai/chatkit';
import { pageColorScheme } from './appearance.js';
import type { TaskPilotChat } from './taskpilot-chat.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { bubbleOf, getByRole } from './test/query.js';
import { expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { until } from './test/until.js';

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

const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
const context = canvas.getContext('2d', { willReadFrequently: true });

/** Channels from 0 to 255 of a colour in any notation. */
function channelsOf(color: string): number[] {
  if (!context) throw new Error('no canvas');
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

const black = [0, 0, 0];
const white = [255, 255, 255];

describe('The accent', () => {
  const page = usePage();

  for (const [accent, icon] of [
    ['yellow', black],
    ['#4f46e5', white],
    ['oklch(0.85 0.2 150)', black],
    ['hsl(240 60% 30%)', white],
  ] as const) {
    it(`${accent} has an icon that can be seen`, async () => {
      const chat = await page.place({ 'accent-color': accent });
      expect(channelsOf(getComputedStyle(bubbleOf(chat)).color)).to.deep.equal(icon);
      chat.removeAttribute('accent-color');
      chat.style.setProperty('--taskpilot-chat-accent', accent);
      await chat.updateComplete;
      expect(channelsOf(getComputedStyle(bubbleOf(chat)).color)).to.deep.equal(icon);
    });
  }

  it('has an icon with a contrast of at least 4.5 : 1, whatever the colour', async () => {
    const chat = await page.place();
    const bubble = bubbleOf(chat);
    for (let red = 0; red <= 255; red += 17) {
      for (let green = 0; green <= 255; green += 5) {
        for (let blue = 0; blue <= 255; blue += 51) {
          const accent = `rgb(${red}, ${green}, ${blue})`;
          chat.style.setProperty('--taskpilot-chat-accent', accent);
          const { color } = getComputedStyle(bubble);
          const ratio = contrast(channelsOf(color), [red, green, blue]);
          if (ratio < 4.5) throw new Error(`${ratio}: ${color} on ${accent}`);
        }
      }
    }
  });

  it('that is no colour leaves the bubble its own', async () => {
    const chat = await page.place({ 'accent-color': 'blau' });
    expect(getComputedStyle(bubbleOf(chat)).backgroundColor).to.equal('rgb(79, 70, 229)');
  });
});

describe('An accent of the page', () => {
  const page = usePage();
  const root = document.documentElement;
  const primaryOf = (chat: TaskPilotChat): unknown =>
    (chatKitOf(chat).options.theme as ThemeOption | undefined)?.color?.accent?.primary;
  const becomes = async (chat: TaskPilotChat, color: string): Promise<void> => {
    await until(
      () => primaryOf(chat) === color && getComputedStyle(bubbleOf(chat)).backgroundColor === color,
      () => `${String(primaryOf(chat))}, ${getComputedStyle(bubbleOf(chat)).backgroundColor}`,
    );
  };
  const ready = async (accent: string, parent?: Element): Promise<TaskPilotChat> => {
    const chat = await page.place({ 'accent-color': accent, preload: 'eager' }, parent);
    await inState(chat, 'ready');
    return chat;
  };

  afterEach(() => {
    root.removeAttribute('style');
    root.removeAttribute('class');
    document.body.removeAttribute('style');
  });

  it('W26: may be a variable of the root, and is followed when that changes', async () => {
    page.add('<style>.sunny { --brand: rgb(255, 255, 0) }</style>');
    root.style.setProperty('--brand', 'teal');
    const chat = await ready('var(--brand)');
    await becomes(chat, 'rgb(0, 128, 128)');
    const told = chatKitOf(chat).told.length;
    root.removeAttribute('style');
    root.className = 'sunny';
    await becomes(chat, 'rgb(255, 255, 0)');
    expect(channelsOf(getComputedStyle(bubbleOf(chat)).color)).to.deep.equal(black);
    expect(chatKitOf(chat).told).to.have.length(told + 1);
  });

  it('W26: may be a variable of the body, also beside it', async () => {
    document.body.style.setProperty('--brand', 'red');
    const chat = await ready('var(--brand)', root);
    await becomes(chat, 'rgb(255, 0, 0)');
    document.body.style.setProperty('--brand', 'color-mix(in srgb, red, red)');
    await becomes(chat, 'color(srgb 1 0 0)');
  });

  it('W26: may be the colour of the text around it', async () => {
    document.body.style.color = 'rgb(1, 2, 3)';
    const chat = await ready('currentColor', root);
    await becomes(chat, 'rgb(1, 2, 3)');
    document.body.style.color = 'rgb(200, 30, 30)';
    await becomes(chat, 'rgb(200, 30, 30)');
  });

  for (const [title, accent] of [
    ['is missing', 'var(--nowhere)'],
    ['is no colour', 'var(--width)'],
  ] as const) {
    it(`W26: leaves the chat its own colour where the variable ${title}`, async () => {
      root.style.setProperty('--width', '12px');
      const chat = await ready(accent);
      expect(primaryOf(chat)).to.equal(undefined);
      expect(getComputedStyle(bubbleOf(chat)).backgroundColor).to.equal('rgb(79, 70, 229)');
      root.style.setProperty('--nowhere', 'rgb(1, 2, 3)');
      if (accent === 'var(--nowhere)') await becomes(chat, 'rgb(1, 2, 3)');
    });
  }
});

describe('The focus ring', () => {
  const page = usePage();
  for (const scheme of ['light', 'dark']) {
    for (const accent of ['#4f46e5', 'yellow', 'black', 'white', '#777', 'navy']) {
      it(`W10: has a contrast of at least 3 : 1: ${scheme}, ${accent}`, async () => {
        const chat = await page.place({
          open: '',
          'color-scheme': scheme,
          'accent-color': accent,
        });
        await inState(chat, 'ready');
        const panel = getByRole(chat, 'dialog');
        const ground = channelsOf(getComputedStyle(panel).backgroundColor);
        getByRole(chat, 'button', 'New chat').focus();
        await sendKeys({ press: 'Tab' });
        const close = getByRole(chat, 'button', 'Close');
        expectSame(chat.shadowRoot?.activeElement, close);
        const { outlineColor, outlineStyle, outlineWidth } = getComputedStyle(close);
        expect([outlineStyle, outlineWidth]).to.deep.equal(['solid', '2px']);
        expect(contrast(channelsOf(outlineColor), ground)).to.be.at.least(3);
        panel.focus();
        expect(contrast(channelsOf(getComputedStyle(panel).outlineColor), ground)).to.be.at.least(
          3,
        );
        // Two rings, of which any page shows one.
        bubbleOf(chat).focus();
        const style = getComputedStyle(bubbleOf(chat));
        const shadow = `${style.boxShadow.split(')')[0] ?? ''})`;
        const rings = [style.outlineColor, shadow].map(channelsOf);
        for (let grey = 0; grey <= 255; grey++) {
          const page = [grey, grey, grey];
          const best = Math.max(...rings.map((ring) => contrast(ring, page)));
          expect(best, `on ${grey}`).to.be.at.least(3);
        }
      });
    }
  }
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
