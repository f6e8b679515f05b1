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
  #changes = new Set<string>();
  #update: Promise<void> | null = null;

  /** Gives the class those properties that it has no accessors of its own for. */
  protected static defineProperties(names: readonly string[]): void {
    for (const name of names) {
      if (Object.hasOwn(this.prototype, name)) continue;
      const accessors: PropertyDescriptor & ThisType<ReactiveElement> = {
        get() {
          return this.#values.get(name);
        },
        set(given) {
          // Frameworks say so, and empty attributes, when they have no value.
          const value: unknown = given === '' ? undefined : (given ?? undefined);
          if (value === this.#values.get(name)) return;
          this.#values.set(name, value);
          this.requestUpdate(name);
        },
      };
      // Without a prototype: a page may have put a `value` into that of all objects.
      Object.defineProperty(this.prototype, name, Object.setPrototypeOf(accessors, null) as object);
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

  /** What a page has set before the class was defined lies on the element itself, above the accessors. */
  protected upgradeProperties(names: readonly string[]): void {
    for (const [name, value] of Object.entries(this)) {
      if (!names.includes(name) || !Reflect.deleteProperty(this, name)) continue;
      Object.assign(this, { [name]: value as unknown });
    }
  }
}
