import { isDeepStrictEqual } from 'node:util';
import type { NewId } from './ids.js';
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

/** A text that may grow on the visitor's screen without being drawn anew. */
function textOf(component: WidgetComponent): string | null {
  const { type, value } = component;
  return (type === 'Text' || type === 'Markdown') && typeof value === 'string' ? value : null;
}

/** What of a component is neither its children nor a text that may grow. */
function restOf(component: WidgetComponent): object {
  const rest: Partial<WidgetComponent> = { ...component };
  delete rest.children;
  if (textOf(component) !== null) delete rest['value'];
  return rest;
}

/** Whether the second is the first with more text at the end of its texts, and nothing else. */
function isContinued(before: WidgetComponent, after: WidgetComponent): boolean {
  if (!isDeepStrictEqual(restOf(before), restOf(after))) return false;
  const [from, to] = [textOf(before), textOf(after)];
  // Without an id there is nothing by which a delta could name the text.
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

/** What a client must be told for a widget to become another: texts that grow, or else the whole. */
export function diffWidget(before: WidgetRoot, after: WidgetRoot): readonly WidgetUpdate[] {
  if (!isContinued(before, after)) return [{ type: 'widget.root.updated', widget: after }];
  return [...textDeltas(before, after)];
}

export interface StreamWidgetOptions {
  /** Those of the context that a responder is given. */
  readonly newId: NewId;
  readonly now: () => string;
  /** What the visitor gets when copying the widget. */
  readonly copyText?: string;
}

/**
 * The events of a widget, for a responder to yield: of one that is finished, or of its states one after the
 * other. A `Text` or `Markdown` with an `id` whose `value` only grows is streamed as deltas; set
 * `streaming: true` in it as long as more may come.
 *
 * ```ts
 * yield* streamWidget(thread, states(), context);
 * ```
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
    // The next state may be the same object, changed.
    last = structuredClone(state);
  }
  if (last !== null) yield { type: 'thread.item.done', item: itemOf(last) };
}
