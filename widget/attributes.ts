import type { PropertyDeclarations } from 'lit';

export const layouts = ['floating', 'inline', 'fullscreen'] as const;
export const positions = ['bottom-end', 'bottom-start', 'top-end', 'top-start'] as const;
export const preloads = ['intent', 'none', 'idle', 'eager'] as const;
export const colorSchemes = ['auto', 'light', 'dark'] as const;
export const persistences = ['session', 'local', 'none'] as const;
export const sessionStorages = ['session', 'memory'] as const;
export const credentialModes = ['same-origin', 'include', 'omit'] as const;

/** The value if it is one of the list, else the list's first. */
export const oneOf = <const List extends readonly string[]>(
  list: List,
  value: unknown,
): List[number] => list.find((entry) => entry === value) ?? (list[0] as List[number]);

const text = (attribute: string) => ({ attribute });
const flag = { type: Boolean };

/** Attribute by property; those without an attribute of their own are set by script only. */
export const properties: PropertyDeclarations = {
  sessionEndpoint: text('session-endpoint'),
  chatkitSrc: text('chatkit-src'),
  layout: { reflect: true },
  position: {},
  open: { type: Boolean, reflect: true, noAccessor: true },
  preload: {},
  label: {},
  greeting: {},
  placeholder: {},
  disclaimer: {},
  prompts: {},
  colorScheme: text('color-scheme'),
  accentColor: text('accent-color'),
  radius: {},
  density: {},
  locale: {},
  thread: {},
  persist: {},
  sessionStorage: text('session-storage'),
  credentials: {},
  hotkey: {},
  history: flag,
  feedback: flag,
  retryButton: { type: Boolean, attribute: 'retry' },
  options: { attribute: false },
  getAuthToken: { attribute: false },
  strings: { attribute: false },
};
