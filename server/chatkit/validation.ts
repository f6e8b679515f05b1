import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { RequestError } from './errors.js';
import {
  requestSchemas,
  ThreadItem,
  ThreadItemUpdate,
  ThreadMetadata,
  ThreadStreamEvent,
  type ChatKitRequest,
} from './protocol/index.js';

const maxDepth = 64;
/** NUL, which PostgreSQL cannot store, and halves of surrogate pairs. */
const unstorable = /\0|\p{Surrogate}/gu;

const cleanText = (text: string): string => text.replace(unstorable, '\uFFFD');

/**
 * A copy of parsed JSON that any store can keep.
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
  // JSON.parse reads 1e999 as Infinity.
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

const requests = new Map<string, Validator>(
  Object.entries(requestSchemas).map(([type, schema]) => [type, Compile(schema)]),
);

/**
 * Parses the body of a request. Unknown fields are ignored, as in the reference.
 *
 * @param body parsed JSON
 * @throws {RequestError} 400 when it is not a request of the protocol
 */
export function parseRequest(body: unknown): ChatKitRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RequestError(400, 'A request is a JSON object with "type" and "params".');
  }
  const { type } = body as { type?: unknown };
  const validator = typeof type === 'string' ? requests.get(type) : undefined;
  if (validator === undefined) {
    throw new RequestError(400, '"type" must name a request of the ChatKit protocol.');
  }
  const request = cleanJson(body);
  if (!validator.Check(request)) {
    const [first] = validator.Errors(request);
    const place = first?.instancePath.replaceAll('/', '.').slice(1) ?? '';
    throw new RequestError(
      400,
      `Invalid ${String(type)}: ${place || 'the body'} ${first?.message ?? 'is wrong'}.`,
    );
  }
  return request as ChatKitRequest;
}

/** Fields that hold data of the application, in which null has a meaning. */
const freeFields = new Set(['arguments', 'output', 'payload', 'metadata']);
/** As `freeFields`, unless they are lists: those belong to the protocol. */
const freeObjects = new Set(['data', 'content']);

const isFree = (key: string, value: unknown): boolean =>
  freeFields.has(key) || (freeObjects.has(key) && !Array.isArray(value));

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
      .map(([key, entry]) => [cleanText(key), copy(entry, dropNulls && !isFree(key, entry))]),
  );
}

/** A copy as it is stored and sent: the protocol's fields that are null or undefined are left out. */
export const withoutNulls = <T>(value: T): T => copy(value, true) as T;

const membersOf = (schema: TSchema): TSchema[] =>
  'anyOf' in schema ? (schema.anyOf as TSchema[]) : [schema];

/** Validators of a union's members by their `type`. */
function byType(members: readonly TSchema[]): ReadonlyMap<string, Validator> {
  return new Map(
    members.map((member) => {
      const { properties } = member as unknown as { properties: { type: { const: string } } };
      return [properties.type.const, Compile(member)];
    }),
  );
}

const items = byType(ThreadItem.anyOf);
const updates = byType(ThreadItemUpdate.anyOf.flatMap((union) => membersOf(union)));
const events = byType(ThreadStreamEvent.anyOf);
const threads = Compile(ThreadMetadata);

interface Fault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
}

/**
 * The field that is wrong, and why. Of a union, the validator reports each member that does not fit: the deepest error
 * is that of the member that is meant.
 */
export function faultOf(
  validator: { Errors(value: unknown): readonly Fault[] },
  value: unknown,
): string {
  const found = validator.Errors(value);
  const meant = found.filter(
    ({ keyword, instancePath }) => keyword !== 'const' || !instancePath.endsWith('/type'),
  );
  const depth = ({ instancePath }: Fault) => instancePath.split('/').length;
  const [first] = (meant.length === 0 ? found : meant).toSorted((a, b) => depth(b) - depth(a));
  const place = first?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  // `additionalProperties: false` is reported as a schema that is false.
  const reason = first?.keyword === 'boolean' ? 'is not allowed' : first?.message;
  return `${place === '' ? 'it' : place} ${reason ?? 'is wrong'}`;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** A copy with the defaults of its schema, which are those of the reference. */
function check<T extends { type: string }>(
  validators: ReadonlyMap<string, Validator>,
  value: T,
  what: string,
): T {
  const type: unknown = isObject(value) ? value.type : undefined;
  if (typeof type !== 'string') throw new TypeError(`Invalid ${what}: it has no type.`);
  const validator = validators.get(type);
  if (validator === undefined) throw new TypeError(`No ${what} has the type “${type}”.`);
  const complete = validator.Default(value);
  if (!validator.Check(complete)) {
    throw new TypeError(`Invalid ${what} ${type}: ${faultOf(validator, complete)}.`);
  }
  return complete as T;
}

/**
 * A copy of an item as it is stored and sent: without nulls, with all defaults.
 *
 * @throws {TypeError} when it is not a valid item of this thread
 */
export function checkItem<T extends ThreadItem>(item: T, threadId: string): T {
  const checked = check(items, withoutNulls(item), 'item');
  if (checked.thread_id !== threadId) {
    throw new TypeError(`The thread_id of item ${checked.id} is not that of its thread.`);
  }
  return checked;
}

/** @throws {TypeError} when a responder has made the thread invalid */
export function checkThread(thread: ThreadMetadata): ThreadMetadata {
  const checked = withoutNulls(thread);
  if (!threads.Check(checked)) {
    throw new TypeError(`Invalid thread: ${faultOf(threads, checked)}.`);
  }
  return checked;
}

/**
 * As `checkItem`, for an event of a responder. Deltas are not checked: they are most of the events.
 *
 * @throws {TypeError} when it is not an event of the protocol
 */
export function checkEvent(event: ThreadStreamEvent, threadId: string): ThreadStreamEvent {
  // A responder in JavaScript may yield anything.
  if (!isObject(event)) throw new TypeError('Invalid event: it is no object.');
  switch (event.type) {
    case 'thread.item.added':
    case 'thread.item.done':
    case 'thread.item.replaced':
      return { type: event.type, item: checkItem(event.item, threadId) };
    case 'thread.item.updated':
      if (isObject(event.update) && 'delta' in event.update) return event;
      return { ...event, update: check(updates, withoutNulls(event.update), 'update') };
    default:
      return check(events, withoutNulls(event), 'event');
  }
}
