import type { Entry } from './manifest.js';
import { cssOf, type Choice } from './snippets.js';

const tag = 'taskpilot-chat';

export interface PageLook {
  readonly scheme: 'light' | 'dark';
  readonly rightToLeft: boolean;
}

/** The page in the frame, of this origin, with one chat on it. */
export class Preview {
  readonly #frame: HTMLIFrameElement;
  #sheet: CSSStyleSheet | null = null;

  constructor(frame: HTMLIFrameElement) {
    this.#frame = frame;
  }

  /** Null until the page is there. */
  get chat(): HTMLElement | null {
    return this.#frame.contentDocument?.querySelector<HTMLElement>(tag) ?? null;
  }

  /** Resolves when the page has been loaded, for the first time or anew. */
  async load(): Promise<HTMLElement> {
    const loaded = new Promise((resolve) => {
      this.#frame.addEventListener('load', resolve, { once: true });
    });
    this.#frame.src = '/playground/preview';
    await loaded;
    const { chat } = this;
    if (!chat) throw new Error('The preview has no chat.');
    this.#sheet = null;
    return chat;
  }

  /** @param names of all attributes that the playground sets */
  show(choice: Choice, names: readonly string[], { scheme, rightToLeft }: PageLook): void {
    const { chat } = this;
    const page = this.#frame.contentDocument;
    const view = this.#frame.contentWindow as (Window & typeof globalThis) | null;
    if (!chat || !page || !view) return;
    page.documentElement.dataset['scheme'] = scheme;
    page.documentElement.dir = rightToLeft ? 'rtl' : 'ltr';
    page.documentElement.lang = rightToLeft ? 'ar' : 'en';
    const chosen = new Map(choice.attributes.map(({ name, value }) => [name, value]));
    for (const name of names) {
      const value = chosen.get(name);
      if (value === undefined) chat.removeAttribute(name);
      else {
        const text = value === true ? '' : String(value);
        if (chat.getAttribute(name) !== text) chat.setAttribute(name, text);
      }
    }
    // A sheet of the frame's own document: another document's cannot be adopted.
    if (!this.#sheet) {
      this.#sheet = new view.CSSStyleSheet();
      page.adoptedStyleSheets = [...page.adoptedStyleSheets, this.#sheet];
    }
    this.#sheet.replaceSync(cssOf(choice));
  }

  /** Calls back for each event of the chat. */
  listen(events: readonly Entry[], onEvent: (event: CustomEvent<unknown>) => void): void {
    for (const { name } of events) {
      this.chat?.addEventListener(name, (event) => {
        onEvent(event as CustomEvent<unknown>);
      });
    }
  }
}
