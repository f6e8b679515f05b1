/** What scripts have added to the long-lived objects of a page and not taken away again. */
export interface Leftovers {
  list(): string[];
  /** Ends the count. */
  stop(): void;
}

type Method = (...args: never[]) => unknown;

/** Nodes and signals of the widget's own go away with it. */
const ofPage: readonly unknown[] = [
  undefined,
  window,
  document,
  document.documentElement,
  document.body,
  visualViewport,
];
const isOfPage = (target: unknown): boolean =>
  ofPage.includes(target) || target instanceof MediaQueryList;

/** Puts another method in the place of one, until `undo` runs. */
function replace(
  owner: object,
  name: string,
  make: (original: (self: unknown, args: unknown[]) => unknown) => Method,
  undo: (() => void)[],
): void {
  const original = Reflect.get(owner, name) as Method;
  const call = (self: unknown, args: unknown[]): unknown => Reflect.apply(original, self, args);
  Reflect.set(owner, name, make(call));
  undo.push(() => Reflect.set(owner, name, original));
}

export function countLeftovers(): Leftovers {
  const undo: (() => void)[] = [];
  const listeners: { target: unknown; type: string; listener: unknown; signal?: AbortSignal }[] =
    [];
  const timers = new Set<unknown>();
  const observers = new Set<object>();

  replace(
    EventTarget.prototype,
    'addEventListener',
    (original) =>
      function (this: unknown, ...args: [string, unknown, { signal?: AbortSignal }?]) {
        const [type, listener, options] = args;
        if (isOfPage(this)) listeners.push({ target: this, type, listener, ...options });
        return original(this, args);
      },
    undo,
  );
  replace(
    EventTarget.prototype,
    'removeEventListener',
    (original) =>
      function (this: unknown, ...args: [string, unknown]) {
        const [type, listener] = args;
        const at = listeners.findIndex(
          (entry) => entry.target === this && entry.type === type && entry.listener === listener,
        );
        if (at >= 0) listeners.splice(at, 1);
        return original(this, args);
      },
    undo,
  );
  for (const { prototype } of [MutationObserver, IntersectionObserver, ResizeObserver]) {
    for (const [name, act] of [
      ['observe', 'add'],
      ['disconnect', 'delete'],
    ] as const) {
      replace(
        prototype,
        name,
        (original) =>
          function (this: object, ...args: unknown[]) {
            observers[act](this);
            return original(this, args);
          },
        undo,
      );
    }
  }
  replace(
    window,
    'setTimeout',
    (original) => (action: () => void, ms: number) => {
      const timer = original(window, [
        () => {
          timers.delete(timer);
          action();
        },
        ms,
      ]);
      timers.add(timer);
      return timer;
    },
    undo,
  );
  replace(
    window,
    'clearTimeout',
    (original) => (timer: unknown) => {
      timers.delete(timer);
      return original(window, [timer]);
    },
    undo,
  );

  return {
    list: () => [
      ...listeners.filter(({ signal }) => !signal?.aborted).map(({ type }) => `listener: ${type}`),
      ...[...timers].map(() => 'timer'),
      ...[...observers].map(({ constructor: { name } }) => name),
    ],
    stop: () => {
      for (const restore of undo) restore();
    },
  };
}
