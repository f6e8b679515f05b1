import { defaultChatKitSrc } from './chatkit/index.js';

/** What properties are while nobody says anything. */
export const defaults = {
  // A page may have put things into the prototype of all objects.
  __proto__: null,
  // The way to sessions.
  sessionEndpoint: '/api/chatkit/sessions',
  credentials: 'same-origin',
  sessionStorage: 'session',
  chatkitSrc: defaultChatKitSrc,
  layout: 'floating',
  position: 'bottom-end',
  open: false,
  preload: 'intent',
  colorScheme: 'auto',
  persist: 'session',
  history: false,
  feedback: false,
  retryButton: false,
};

const withAttribute = [
  ...Object.keys(defaults),
  'label',
  'locale',
  'greeting',
  'placeholder',
  'disclaimer',
  'prompts',
  'accentColor',
  'radius',
  'density',
  'thread',
  'hotkey',
];

/** All properties; those without a default are undefined at first. */
export const properties: readonly string[] = [
  ...withAttribute,
  'options',
  'getAuthToken',
  'strings',
];

/** `retry` is a method, so the property of that attribute has another name. */
const attributeOf = (name: string): string =>
  name.replace('Button', '').replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);

/** Properties by attribute. */
export const attributes: ReadonlyMap<string, string> = new Map(
  withAttribute.map((name) => [attributeOf(name), name]),
);
