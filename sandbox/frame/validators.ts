import { isFunctionMarker } from '../page/frame-params.js';

/** Returns the problems of a value, each with the option's path; empty when it is valid. */
export type Check = (value: unknown, path: string) => string[];

const at = (path: string) => (path === '' ? '' : ` at "${path}"`);
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isFunctionMarker(value);

function expecting(what: string, test: (value: unknown) => boolean): Check {
  return (value, path) => (test(value) ? [] : [`Invalid input: expected ${what}${at(path)}`]);
}

export const text = expecting('string', (value) => typeof value === 'string');
export const flag = expecting('boolean', (value) => typeof value === 'boolean');
export const callback = expecting('function', isFunctionMarker);
export const number = expecting('number', (value) => Number.isFinite(value));

export const textThat = (what: string, test: (text: string) => boolean): Check =>
  expecting(what, (value) => typeof value === 'string' && test(value));

export const oneOf = (...allowed: readonly (string | number)[]): Check =>
  expecting(`one of ${allowed.map((entry) => JSON.stringify(entry)).join('|')}`, (value) =>
    allowed.some((entry) => entry === value),
  );

export const nullOr =
  (check: Check): Check =>
  (value, path) =>
    value === null ? [] : check(value, path);

export const list =
  (check: Check): Check =>
  (value, path) =>
    Array.isArray(value)
      ? value.flatMap((entry, index) => check(entry, `${path}[${index}]`))
      : [`Invalid input: expected array${at(path)}`];

export const record =
  (check: Check): Check =>
  (value, path) =>
    isPlain(value)
      ? Object.entries(value).flatMap(([key, entry]) => check(entry, `${path}.${key}`))
      : [`Invalid input: expected record${at(path)}`];

/** Valid when any check passes; otherwise the problems of the last one. */
export const either =
  (...checks: readonly Check[]): Check =>
  (value, path) => {
    let problems: string[] = [];
    for (const check of checks) {
      problems = check(value, path);
      if (problems.length === 0) return [];
    }
    return problems;
  };

interface Field {
  readonly check: Check;
  readonly isOptional: boolean;
}

export const required = (check: Check): Field => ({ check, isOptional: false });
export const optional = (check: Check): Field => ({ check, isOptional: true });

/** Requires every key of the type, so that a new option of ChatKit fails the compilation. */
export type FieldsOf<T> = { readonly [Key in keyof Required<T>]: Field };

/** An object that has these keys and no others. */
export function strict<T extends object>(fields: FieldsOf<T>): Check {
  const known: Readonly<Record<string, Field>> = fields;
  return (value, path) => {
    if (!isPlain(value)) return [`Invalid input: expected object${at(path)}`];
    const unknown = Object.keys(value)
      .filter((key) => !Object.hasOwn(known, key))
      .map((key) => `Unrecognized key: "${key}"${at(path)}`);
    const wrong = Object.entries(known).flatMap(([key, { check, isOptional }]) => {
      const entry = Object.hasOwn(value, key) ? value[key] : undefined;
      if (entry === undefined && isOptional) return [];
      return check(entry, path === '' ? key : `${path}.${key}`);
    });
    return [...unknown, ...wrong];
  };
}
