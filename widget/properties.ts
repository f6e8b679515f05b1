import { LitElement, type PropertyDeclaration, type PropertyDeclarations } from 'lit';
import {
  defaultChatKitSrc,
  type PageContext,
  type PageOptions,
  type StartScreenPrompt,
} from './chatkit/index.js';
import type { ChatStrings } from './strings/index.js';
import { warnOnce } from './warn.js';

/**
 * The properties of the element: name, attribute, closed vocabulary, initial value, its type and documentation in one
 * place. Attributes have the name of the property, unless `attribute` says otherwise.
 */
export const properties = {
  /** URL that answers a ChatKit session. */
  sessionEndpoint: {
    attribute: 'session-endpoint',
    initial: '/api/chatkit/sessions' as string,
  },
  /** URL of ChatKit's script; by default on OpenAI's CDN. */
  chatkitSrc: { attribute: 'chatkit-src', initial: defaultChatKitSrc as string },
  /**
   * Bubble and panel, a chat that fills its container, or a bubble and a panel over the whole viewport. With the attribute
   * `open` from the start, `fullscreen` is a page that is the chat: no bubble, and nothing closes it.
   */
  layout: {
    reflect: true,
    values: ['floating', 'inline', 'fullscreen'],
    initial: 'floating',
  },
  /** Corner of bubble and panel, mirrored in right-to-left pages. */
  position: {
    values: ['bottom-end', 'bottom-start', 'top-end', 'top-start'],
    initial: 'bottom-end',
  },
  /**
   * When ChatKit and a session are fetched: at hover, focus or touch (inline: when it comes into view), at opening, when
   * the page is idle, or at once.
   */
  preload: {
    values: ['intent', 'none', 'idle', 'eager'],
    initial: 'intent',
  },
  /** Accessible name of bubble and panel, title of the panel; by default "Chat" in the visitor's language. */
  label: { initial: undefined as string | undefined },
  /** Text beside the bubble's icon. */
  launcherLabel: { attribute: 'launcher-label', initial: undefined as string | undefined },
  /** Short message beside the closed bubble, shown once per visitor; where that is kept follows `persist`. */
  teaser: { initial: undefined as string | undefined },
  /** Seconds until the teaser is shown. */
  teaserDelay: { type: Number, attribute: 'teaser-delay', initial: 5 as number },
  /** Whether the header has a button that makes a floating panel large and back. */
  expandable: { type: Boolean, initial: false as boolean },
  /** `mailto:`, `tel:` or `https:` link that the view of a failure offers as a way out. */
  contact: { initial: undefined as string | undefined },
  /** Greeting of ChatKit's start screen. */
  greeting: { initial: undefined as string | undefined },
  /** Placeholder of ChatKit's composer. */
  placeholder: { initial: undefined as string | undefined },
  /** Text below ChatKit's composer. */
  disclaimer: { initial: undefined as string | undefined },
  /** Prompts of ChatKit's start screen; as an attribute a JSON array of texts or `{label, prompt, icon?}`. */
  prompts: {
    initial: undefined as string | readonly (StartScreenPrompt | string)[] | undefined,
  },
  /** `auto` follows the page's `color-scheme`, then the system. */
  colorScheme: {
    attribute: 'color-scheme',
    values: ['auto', 'light', 'dark'],
    initial: 'auto',
  },
  /**
   * Any CSS colour, for bubble, buttons and ChatKit; `var(--brand)` and `currentColor` are those of the page around the
   * element, and followed live.
   */
  accentColor: {
    attribute: 'accent-color',
    initial: undefined as string | undefined,
  },
  /** ChatKit's corners. */
  radius: { values: ['pill', 'round', 'soft', 'sharp'], initial: undefined },
  /** ChatKit's density. */
  density: { values: ['compact', 'normal', 'spacious'], initial: undefined },
  /** BCP 47 tag; by default the page's `lang`, then the browser's. */
  locale: { initial: undefined as string | undefined },
  /** Id of the thread to start in; by default the last one. */
  thread: { initial: undefined as string | null | undefined },
  /** Where open state and thread id are kept. */
  persist: {
    values: ['session', 'local', 'none'],
    initial: 'session',
  },
  /** Whether a page change reuses the secret. */
  sessionStorage: {
    attribute: 'session-storage',
    values: ['session', 'memory'],
    initial: 'session',
  },
  /** Credentials mode of the session request: a service of another origin needs its cookie to know the visitor. */
  credentials: {
    values: ['include', 'same-origin', 'omit'],
    initial: 'include',
  },
  /**
   * Opaque key of the logged-in user, never sent: what the browser keeps belongs to it, and another key, or none, starts
   * clean. By default issuer and subject of the JWT that `getAuthToken` gives.
   */
  user: { initial: undefined as string | undefined },
  /** Key that opens and closes the panel, such as `mod+/`. */
  hotkey: { initial: undefined as string | undefined },
  /** Whether ChatKit has its history panel. */
  history: { type: Boolean, initial: false as boolean },
  /** Whether ChatKit has its thumbs. */
  feedback: { type: Boolean, initial: false as boolean },
  /** Whether ChatKit has its retry button; the property `retry` is the method. */
  retryButton: { type: Boolean, attribute: 'retry', initial: false as boolean },
  /** Any option of ChatKit but `api`; attributes win. */
  options: { attribute: false, initial: undefined as PageOptions | undefined },
  /** Returns the token of the logged-in user, sent to the session endpoint as `Authorization: Bearer`. */
  getAuthToken: {
    attribute: false,
    initial: undefined as (() => string | Promise<string>) | undefined,
  },
  /**
   * What the page is about: a JSON object of at most 8 KB, or a function that gives one for each message. Self-hosted
   * agents receive it as untrusted `metadata.page`; chats that OpenAI hosts do not. A context that cannot be used is left
   * out, with one warning.
   *
   * @example chat.context = () => ({ url: location.href, project: currentProject.id });
   */
  context: { attribute: false, initial: undefined as PageContext | undefined },
  /** Overrides of the widget's own texts. */
  strings: { attribute: false, initial: undefined as Partial<ChatStrings> | undefined },
} as const;

type Name = keyof typeof properties;

interface AnyProperty {
  readonly initial: unknown;
  /** A closed vocabulary: another value is reported once on the console, and the initial one takes its place. */
  readonly values?: readonly string[];
}

/** The values of the properties: of a closed vocabulary one of it, of others what the initial value is said to be. */
export type Properties = {
  -readonly [Key in Name]: (typeof properties)[Key] extends {
    readonly values: readonly (infer Value)[];
    readonly initial: infer Initial;
  }
    ? Value | Initial
    : (typeof properties)[Key]['initial'];
};

/** The properties that have an attribute, by the name of the attribute. */
export type Attributes = {
  [
    Key in Name as (typeof properties)[Key] extends { readonly attribute: infer Attribute }
      ? Extract<Attribute, string>
      : Key
  ]: Properties[Key];
};

/** A LitElement with the properties above. */
class ElementWithProperties extends LitElement {
  static override readonly properties: PropertyDeclarations = properties as PropertyDeclarations;

  /** Options without a prototype, here and for rendering: a page may have put names of theirs into that of all objects. */
  static override createProperty(name: PropertyKey, options?: PropertyDeclaration): void {
    super.createProperty(name, { __proto__: null, ...options } as PropertyDeclaration);
  }

  /** Null, undefined and the empty string, which frameworks and empty attributes give, mean the initial value; so do unknown ones. */
  static override getPropertyDescriptor(
    name: PropertyKey,
    key: string | symbol,
    options: PropertyDeclaration,
  ): PropertyDescriptor {
    const { initial, values } = options as AnyProperty;
    // Without a prototype, for a page may have put a `value` into that of all objects.
    return {
      __proto__: null,
      configurable: true,
      enumerable: true,
      get(this: LitElement): unknown {
        return Reflect.get(this, key) ?? initial;
      },
      set(this: LitElement, value: unknown) {
        const isAbsent = value === '' || value === null || value === undefined;
        const isUnknown = !isAbsent && values?.includes(value as string) === false;
        if (isUnknown) warnOnce(`${String(name)} takes ${values.join(', ')}`);
        const previous: unknown = Reflect.get(this, name);
        Reflect.set(this, key, isAbsent || isUnknown ? undefined : value);
        this.requestUpdate(name, previous, options);
      },
    } as PropertyDescriptor;
  }

  constructor() {
    super();
    Object.setPrototypeOf(this.renderOptions, null);
  }
}

/** Base of the element. The type says that it has the properties, which TypeScript cannot see in Lit's accessors. */
export const PropertiesElement = ElementWithProperties as unknown as Pick<
  typeof LitElement,
  keyof typeof LitElement
> &
  (new () => LitElement & Properties);
