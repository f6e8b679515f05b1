import type { ModelMap } from './agent/model-map.js';
import { isIP } from 'node:net';

/** What a variable of the environment takes, and how its text is read. */
export interface Variable<T> {
  readonly takes: string;
  readonly about: string;
  readonly fallback: T;
  /** @throws {RangeError} when the text is not what the variable takes */
  readonly parse: (text: string) => T;
}

/** The end of every `parse` that refuses its text. */
export const wrong = (): never => {
  throw new RangeError();
};

export const text = (about: string, fallback?: string): Variable<string | undefined> => ({
  takes: 'a text',
  about,
  fallback,
  parse: (value) => value,
});

export const integer = (about: string, min: number, max: number, fallback: number) =>
  ({
    takes: `a whole number from ${min} to ${max}`,
    about,
    fallback,
    parse: (value) => {
      const number = /^\d+$/.test(value) ? Number(value) : NaN;
      return number >= min && number <= max ? number : wrong();
    },
  }) satisfies Variable<number>;

export const oneOf = <const T extends readonly string[], F extends T[number] | undefined>(
  about: string,
  names: T,
  fallback: F,
): Variable<T[number] | F> => ({
  takes: `one of ${names.join(', ')}`,
  about,
  fallback,
  parse: (value) => names.find((name) => name === value) ?? wrong(),
});

export const url = (
  about: string,
  protocols: readonly string[],
  fallback?: string,
): Variable<string | undefined> => ({
  takes: `a URL starting with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  about,
  fallback,
  parse: (value) => {
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) wrong();
    return value;
  },
});

/** Protocols of `url`. */
export const web = ['https:', 'http:'];

/** The parts of a comma list. */
export const list = (value: string): string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** An origin, or one whose first label is `*` and stands for any. */
export function parseOrigin(value: string): string {
  const wildcard = /^https?:\/\/\*\.(?=[^.*]+\.[^*]*$)/.exec(value)?.[0];
  const plain = wildcard === undefined ? value : value.replace('*', 'any');
  const parsed = URL.canParse(plain) ? new URL(plain) : wrong();
  const bare = parsed.pathname === '/' && !parsed.search && !parsed.hash && !parsed.username;
  if (!bare || !web.includes(parsed.protocol) || plain.includes('*')) wrong();
  return wildcard === undefined ? parsed.origin : parsed.origin.replace('any', '*');
}

function isNetwork(value: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(value)) return true;
  const [, address = '', bits = '1'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(value) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128);
}

/** As Fastify's `trustProxy`. */
export function parseTrustProxy(value: string): boolean | number | string[] {
  if (['true', 'false', '0'].includes(value)) return value === 'true';
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const parts = list(value);
  return parts.length > 0 && parts.every(isNetwork) ? parts : wrong();
}

/** `old=new`, separated by commas, each old name once. */
export const modelMap = (about: string): Variable<ModelMap> => ({
  takes: 'pairs of models such as gpt-4.1=gpt-6-luna, separated by commas, each old one once',
  about,
  fallback: {},
  parse: (value) => {
    const pairs = list(value).map((pair) => pair.split('=').map((name) => name.trim()));
    const isPair = (names: string[]) =>
      names.length === 2 && names.every((name) => /^[\w.:/-]+$/.test(name));
    const map = new Map(pairs.map(([from = '', to = '']) => [from, to]));
    if (pairs.length === 0 || !pairs.every(isPair) || map.size < pairs.length) wrong();
    return Object.fromEntries(map);
  },
});

export const key = (about: string): Variable<string | undefined> => ({
  takes: 'a key of plain letters, digits and signs, without spaces',
  about,
  fallback: undefined,
  parse: (value) => (/^[!-~]+$/.test(value) ? value : wrong()),
});

/** What a check returns that throws RangeErrors. */
export function orWrong<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError) return wrong();
    throw error;
  }
}

export const tokens = (about: string): Variable<readonly string[]> => ({
  takes: 'a comma list of tokens of at least 16 letters, digits and signs, without spaces',
  about,
  fallback: [],
  parse: (value) => {
    const all = list(value);
    return all.length > 0 && all.every((each) => /^[!-~]{16,}$/.test(each)) ? all : wrong();
  },
});
