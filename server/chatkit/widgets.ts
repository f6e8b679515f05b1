import { isDeepStrictEqual } from 'node:util';
import type { NewId } from './responder.js';
import type {
  ThreadMetadata,
  ThreadStreamEvent,
  WidgetComponent,
  WidgetItem,
  WidgetRoot,
  WidgetUpdate,
} from './protocol/index.js';

const childrenOf = ({ children }: WidgetComponent): readonly WidgetComponent[] => {
  if (children === undefined) return [];
  return Array.isArray(children) ? children : [children];
};

/** The text of a component that can be streamed. */
function textOf(component: WidgetComponent): string | null {
  const { type, value } = component;
  return (type === 'Text' || type === 'Markdown') && typeof value === 'string' ? value : null;
}

/** The properties that a delta cannot change: all but the children and a streamed text. */
function restOf(component: WidgetComponent): object {
  const rest: Partial<WidgetComponent> = { ...component };
  delete rest.children;
  if (textOf(component) !== null) delete rest['value'];
  return rest;
}

/** Whether the second differs from the first only by text appended to its texts. */
function isContinued(before: WidgetComponent, after: WidgetComponent): boolean {
  if (!isDeepStrictEqual(restOf(before), restOf(after))) return false;
  const [from, to] = [textOf(before), textOf(after)];
  // A delta names the text by its id.
  const grows = from === to || (after.id !== undefined && to?.startsWith(from ?? '') === true);
  const [old, young] = [childrenOf(before), childrenOf(after)];
  return (
    grows && old.length === young.length && old.every((child, n) => continues(child, young[n]))
  );
}

const continues = (before: WidgetComponent, after: WidgetComponent | undefined): boolean =>
  after !== undefined && isContinued(before, after);

function* textDeltas(before: WidgetComponent, after: WidgetComponent): Generator<WidgetUpdate> {
  const [from, to] = [textOf(before) ?? '', textOf(after) ?? ''];
  if (from !== to && after.id !== undefined) {
    const delta = to.slice(from.length);
    const done = after['streaming'] !== true;
    yield { type: 'widget.streaming_text.value_delta', component_id: after.id, delta, done };
  }
  const old = childrenOf(before);
  for (const [n, child] of childrenOf(after).entries()) {
    const earlier = old[n];
    if (earlier !== undefined) yield* textDeltas(earlier, child);
  }
}

/** The updates that turn one state of a widget into the next: deltas of its texts, else the whole widget. */
export function diffWidget(before: WidgetRoot, after: WidgetRoot): readonly WidgetUpdate[] {
  if (!isContinued(before, after)) return [{ type: 'widget.root.updated', widget: after }];
  return [...textDeltas(before, after)];
}

export interface StreamWidgetOptions {
  /** `newId` and `now` of the context that a responder gets. */
  readonly newId: NewId;
  readonly now: () => string;
  /** The text that the user gets when copying the widget. */
  readonly copyText?: string;
}

/**
 * The events of a widget, for a responder to yield: one finished widget, or its states one after the other. A
 * `Text` or `Markdown` with an `id` whose `value` only grows is sent as deltas; set `streaming: true` in it
 * while more may come.
 *
 * @example
 * yield* streamWidget(thread, { type: 'Card', children: [{ type: 'Text', value: 'Done' }] }, context);
 */
export async function* streamWidget(
  thread: ThreadMetadata,
  widget: WidgetRoot | AsyncIterable<WidgetRoot>,
  { newId, now, copyText }: StreamWidgetOptions,
): AsyncGenerator<ThreadStreamEvent, void> {
  const itemOf = (root: WidgetRoot): WidgetItem => ({ ...base, widget: root });
  const base = {
    type: 'widget',
    id: newId('message'),
    thread_id: thread.id,
    created_at: now(),
    ...(copyText !== undefined && { copy_text: copyText }),
  } as const;
  if (!(Symbol.asyncIterator in widget)) {
    yield { type: 'thread.item.done', item: itemOf(widget) };
    return;
  }
  let last: WidgetRoot | null = null;
  for await (const state of widget) {
    if (last === null) yield { type: 'thread.item.added', item: itemOf(state) };
    for (const update of last === null ? [] : diffWidget(last, state)) {
      yield { type: 'thread.item.updated', item_id: base.id, update };
    }
    // The next state may be the same object, modified.
    last = structuredClone(state);
  }
  if (last !== null) yield { type: 'thread.item.done', item: itemOf(last) };
}
