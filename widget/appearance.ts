import type { PageOptions } from './chatkit/index.js';
import type { Texts } from './controllers/strings.js';
import { matchesMedia } from './platform.js';
import { isRightToLeft, type ChatStrings } from './strings/index.js';
import { warnOnce } from './warn.js';

export type ColorScheme = 'light' | 'dark';

/** Viewports in which the panel takes the whole screen. */
export const smallScreen = '(max-width: 480px), (max-height: 400px)';
export const darkSystem = '(prefers-color-scheme: dark)';

/** The element of the page that the chat takes language, direction and colour scheme from: beside the body it is the body. */
export function contextOf({ parentElement }: Element): Element {
  const { documentElement } = document;
  if (parentElement && parentElement !== documentElement) return parentElement;
  // A document that is being parsed or replaced has none.
  const body = document.body as HTMLElement | null;
  return body ?? documentElement;
}

/** The colour scheme that the page declares around the element; the system's where it declares none or both. */
export function pageColorScheme(element: Element): ColorScheme {
  const { colorScheme } = getComputedStyle(contextOf(element));
  const meta = document.querySelector<HTMLMetaElement>('meta[name=color-scheme]');
  const declared = colorScheme === 'normal' ? (meta?.content ?? '') : colorScheme;
  const allowsDark = /\bdark\b/.test(declared);
  const isDark = allowsDark === /\blight\b/.test(declared) ? matchesMedia(darkSystem) : allowsDark;
  return isDark ? 'dark' : 'light';
}

/** Whether an open panel covers the page, by the layout or on a small screen. */
export const coversPage = (layout: string): boolean =>
  layout === 'fullscreen' || (layout !== 'inline' && matchesMedia(smallScreen));

/** A link that a page may offer to its visitors in trouble; other protocols could run script. */
export function contactLink(link: string | undefined): string | undefined {
  if (!link || /^(mailto:|tel:|https:\/\/)/i.test(link)) return link;
  warnOnce('contact must be a mailto:, tel: or https: link');
  return undefined;
}

/** The properties of the element that its appearance follows from. */
interface Properties {
  readonly layout: string;
  readonly position: string;
  readonly label: string | undefined;
  readonly locale: string | undefined;
  readonly colorScheme: string;
  readonly expandable: boolean;
  readonly options: PageOptions | undefined;
  readonly strings: Partial<ChatStrings> | undefined;
}

export interface Appearance extends Texts {
  /** A part of the page instead of a dialog over it. */
  readonly isInline: boolean;
  /** The chat is the page: there is no bubble, and nothing closes the panel. */
  readonly isPage: boolean;
  /** Whether the open panel covers the whole page, which waits behind it. */
  readonly isModal: boolean;
  /** Whether the panel has two sizes. */
  readonly isExpandable: boolean;
  /** BCP 47 tag. */
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  /** Accessible name of bubble and panel. */
  readonly label: string;
  readonly colorScheme: ColorScheme;
  /** Classes of the corner. */
  readonly corner: string;
}

/**
 * The appearance of the chat, as properties, options and the page determine it, in this order.
 *
 * @param isPage whether the chat is the page
 * @param textsFor gives the widget's own texts for a locale, with these overrides
 */
export function appearanceOf(
  element: HTMLElement & Properties,
  isPage: boolean,
  textsFor: (locale: string, overrides?: Partial<ChatStrings>) => Texts,
): Appearance {
  const { layout, position } = element;
  // Without a prototype, for a page may have put properties into that of all objects.
  const options = { __proto__: null, ...element.options } as PageOptions;
  const context = contextOf(element);
  const around = element.dir || context === element.parentElement ? element : context;
  const isInline = layout === 'inline';
  const isModal = !isPage && coversPage(layout);
  const locale =
    [
      element.locale,
      options.locale,
      element.lang || contextOf(element).closest<HTMLElement>('[lang]')?.lang,
      document.documentElement.lang,
      navigator.language,
    ].find(Boolean) ?? 'en';
  const texts = textsFor(locale, element.strings);
  const theme = options.theme;
  const schemes = [element.colorScheme, typeof theme === 'object' ? theme.colorScheme : theme];
  // Sides are those of the page, whatever the language of the chat.
  const isLeft = position.endsWith('start') === (getComputedStyle(around).direction === 'ltr');
  return {
    isInline,
    isPage,
    isModal,
    isExpandable: element.expandable && layout === 'floating' && !isModal,
    locale,
    direction: isRightToLeft(locale) ? 'rtl' : 'ltr',
    ...texts,
    label: element.label ?? texts.strings.chat,
    colorScheme:
      schemes.find((scheme) => scheme === 'light' || scheme === 'dark') ?? pageColorScheme(element),
    corner: `${position.startsWith('top') ? 'top' : ''} ${isLeft ? 'left' : ''}`,
  };
}
