import { RequestError } from './errors.js';

const maxDepth = 64;
/** What PostgreSQL cannot store, or what is no character at all. */
const unstorable = /\0|\p{Surrogate}/gu;

const cleanText = (text: string): string => text.replace(unstorable, '\uFFFD');

/**
 * A copy of what JSON said that can be stored anywhere and walked through without fear.
 *
 * @throws {RequestError} 400 when it is nested too deeply
 */
export function cleanJson(value: unknown, depth = 0): unknown {
  if (depth > maxDepth) {
    throw new RequestError(400, `The body is nested more than ${maxDepth} levels deep.`);
  }
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map((entry) => cleanJson(entry, depth + 1));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [cleanText(key), cleanJson(entry, depth + 1)]),
    );
  }
  // 1e999 is JSON, and is read as Infinity.
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

/** Fields that hold an application's own data, in which null means something. */
const ownData = new Set(['arguments', 'output', 'payload', 'metadata']);
/** As `ownData`, unless they are lists: those are the protocol's. */
const ownObject = new Set(['data', 'content']);

function isOwn(key: string, value: unknown): boolean {
  return ownData.has(key) || (ownObject.has(key) && !Array.isArray(value));
}

function copy(value: unknown, dropNulls: boolean): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) {
    const kept: readonly unknown[] = dropNulls ? value.filter((entry) => entry != null) : value;
    return kept.map((entry) => copy(entry, dropNulls));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => (dropNulls ? entry != null : entry !== undefined))
      .map(([key, entry]) => [cleanText(key), copy(entry, dropNulls && !isOwn(key, entry))]),
  );
}

/** A copy as it goes into a store and over the wire: what is null or undefined is left out. */
export const withoutNulls = <T>(value: T): T => copy(value, true) as T;
