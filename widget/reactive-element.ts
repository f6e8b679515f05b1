/** On a server there are no elements, but a module that imports this must load there too. */
const Base = ((globalThis as { HTMLElement?: unknown }).HTMLElement ??
  Object) as typeof HTMLElement;

/** Names of the properties that have changed since the last update. */
export type Changes = ReadonlySet<string>;

/**
 * Properties and batched updates. In the place of Lit's base class, which leaves globals on the page, fails where a
 * page has polluted `Object.prototype`, and takes a fifth of what the script may weigh.
 */
export abstract class ReactiveElement extends Base {
  readonly #values = new Map<string, unknown>();
  /** It lies on the element itself, above the accessors; attributes, which come next, would be written over it. */
  readonly #early: [string, unknown][] = Object.entries(this).filter(([name]) =>
    Reflect.deleteProperty(this, name),
  );
  #changes = new Set<string>();
  #update: Promise<void> | null = null;

  /** Gives the class those properties, with their values at first, that it has no accessors of its own for. */
  protected static defineProperties(names: readonly string[], defaults: object): void {
    for (const name of names) {
      if (Object.hasOwn(this.prototype, name)) continue;
      const accessors: PropertyDescriptor & ThisType<ReactiveElement> & { __proto__: null } = {
        // A page may have put a `value` into the prototype of all objects.
        __proto__: null,
        get() {
          return this.#values.get(name) ?? (defaults as Record<string, unknown>)[name];
        },
        set(given) {
          // Frameworks say so, and empty attributes, when they have no value.
          const value: unknown = given === '' ? undefined : (given ?? undefined);
          if (value === this.#values.get(name)) return;
          this.#values.set(name, value);
          this.requestUpdate(name);
        },
      };
      Object.defineProperty(this.prototype, name, accessors);
    }
  }

  /** Settled when all changes until now are in the page. */
  get updateComplete(): Promise<void> {
    return this.#update ?? Promise.resolve();
  }

  /** Makes an update soon, one for all changes of now; outside the page they wait for the element to come back. */
  requestUpdate(name?: string): void {
    if (name) this.#changes.add(name);
    this.#update ??= Promise.resolve().then(() => {
      this.#update = null;
      if (!this.isConnected) return;
      const changes = this.#changes;
      this.#changes = new Set();
      this.update(changes);
    });
  }

  protected abstract update(changes: Changes): void;

  /** Gives the accessors what a page has set before the class was defined. */
  protected upgradeProperties(): void {
    for (const [name, value] of this.#early.splice(0)) Reflect.set(this, name, value);
  }
}
