import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { withoutNulls } from './json.js';
import {
  ThreadItem,
  ThreadItemUpdate,
  ThreadMetadata,
  ThreadStreamEvent,
} from './protocol/index.js';

/** Validators of a union's members by their `type`, which names the member. */
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

function membersOf(schema: TSchema): TSchema[] {
  return 'anyOf' in schema ? (schema.anyOf as TSchema[]) : [schema];
}

function check<T extends { type: string }>(
  validators: ReadonlyMap<string, Validator>,
  value: T,
  what: string,
): T {
  const validator = validators.get(value.type);
  if (validator === undefined) throw new TypeError(`No ${what} has the type “${value.type}”.`);
  const complete = validator.Default(value);
  if (!validator.Check(complete)) {
    const [first] = validator.Errors(complete);
    throw new TypeError(
      `Invalid ${what} ${value.type}: ${first?.instancePath ?? ''} ${first?.message ?? ''}`,
    );
  }
  return complete as T;
}

/**
 * A copy of an item that is fit to be stored and sent: without nulls, with every default.
 *
 * @throws {TypeError} when it is not an item of this thread
 */
export function checkItem<T extends ThreadItem>(item: T, threadId: string): T {
  const checked = check(items, withoutNulls(item), 'item');
  if (checked.thread_id !== threadId) {
    throw new TypeError(`Item ${checked.id} names another thread than the one it is for.`);
  }
  return checked;
}

/** @throws {TypeError} when a responder has made something else of it */
export function checkThread(thread: ThreadMetadata): ThreadMetadata {
  const checked = withoutNulls(thread);
  if (!threads.Check(checked)) {
    const [first] = threads.Errors(checked);
    throw new TypeError(`Invalid thread: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  }
  return checked;
}

/**
 * As `checkItem`, for what a responder yields. Deltas, of which there are many, go through as they are.
 *
 * @throws {TypeError} when it is not an event of the protocol
 */
export function checkEvent(event: ThreadStreamEvent, threadId: string): ThreadStreamEvent {
  switch (event.type) {
    case 'thread.item.added':
    case 'thread.item.done':
    case 'thread.item.replaced':
      return { type: event.type, item: checkItem(event.item, threadId) };
    case 'thread.item.updated':
      if ('delta' in event.update) return event;
      return { ...event, update: check(updates, withoutNulls(event.update), 'update') };
    default:
      return check(events, withoutNulls(event), 'event');
  }
}
