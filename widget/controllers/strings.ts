import type { ReactiveController, ReactiveControllerHost } from 'lit';
import {
  languageOf,
  loadLanguage,
  stringsFor,
  type ChatStrings,
  type Language,
  type LanguageStrings,
} from '../strings/index.js';
import { warnOnce } from '../warn.js';

type Host = ReactiveControllerHost & { readonly state: string; readonly open: boolean };

/** The widget's own texts in one language. */
export interface Texts {
  /** BCP 47 tag of the language that they have. */
  readonly language: string;
  readonly strings: ChatStrings;
}

/** Fetches the texts of the visitor's language when the chat starts or opens; until they come they are English. */
export class StringsController implements ReactiveController {
  readonly #host: Host;
  readonly #locale: () => string;
  readonly #loaded = new Map<Language | 'en', LanguageStrings>();
  /** The language that was asked for last: each is asked for once. */
  #wanted: Language | 'en' = 'en';

  constructor(host: Host, locale: () => string) {
    host.addController(this);
    this.#host = host;
    this.#locale = locale;
  }

  /** The texts for a locale (BCP 47), as far as they are there. */
  textsFor(locale: string, overrides?: Partial<ChatStrings>): Texts {
    const language = languageOf(locale);
    const loaded = this.#loaded.get(language);
    return {
      language: loaded ? language : 'en',
      strings: stringsFor(language, loaded, overrides),
    };
  }

  hostUpdated(): void {
    const { state, open } = this.#host;
    const language = languageOf(this.#locale());
    const isUsed = state !== 'idle' || open;
    if (!isUsed || language === this.#wanted || !navigator.onLine) return;
    this.#wanted = language;
    if (language === 'en') return;
    loadLanguage(language).then(
      ({ strings }) => {
        this.#loaded.set(language, strings);
        this.#host.requestUpdate();
      },
      (error: unknown) => warnOnce(`no texts in ${language}: ${String(error)}`),
    );
  }
}
