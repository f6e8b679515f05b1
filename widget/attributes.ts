/** Properties that change the way to sessions. */
export const sessionProperties = ['sessionEndpoint', 'credentials', 'sessionStorage'] as const;

export const properties: readonly string[] = [
  ...sessionProperties,
  'label',
  'locale',
  'greeting',
  'placeholder',
  'disclaimer',
  'prompts',
  'accentColor',
  'radius',
  'density',
  'history',
  'feedback',
  'retryButton',
  'options',
  'chatkitSrc',
  'layout',
  'position',
  'open',
  'preload',
  'colorScheme',
  'thread',
  'persist',
  'hotkey',
  'getAuthToken',
  'strings',
];

/** `retry` is a method, so the property of that attribute has another name. */
const attributeOf = (name: string): string =>
  name.replace('Button', '').replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);

/** Properties by attribute. */
export const attributes: ReadonlyMap<string, string> = new Map(
  properties
    .filter((name) => !['options', 'getAuthToken', 'strings'].includes(name))
    .map((name) => [attributeOf(name), name]),
);

export const isFlag = (name: string): boolean =>
  ['open', 'history', 'feedback', 'retryButton'].includes(name);
