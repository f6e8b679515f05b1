import { create } from './controls.js';
import type { Entry } from './manifest.js';

/** Events that stay on the list. */
const maxListed = 50;

/** Errors have no properties of their own that JSON would show. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('message' in value)) return value;
  const { code, message } = value as { code?: unknown; message: unknown };
  return { code, message };
}

/** The events that the chat can fire with how often it has, and what has been fired, newest first. */
export class EventLog {
  readonly table: HTMLElement;
  readonly log: HTMLElement;
  readonly #list = create('ol');
  readonly #counts = new Map<string, HTMLElement>();

  constructor(events: readonly Entry[]) {
    this.log = create('div', { className: 'fired', tabIndex: 0 }, this.#list);
    this.log.setAttribute('role', 'log');
    this.log.setAttribute('aria-label', 'Events, newest first');
    const rows = events.map(({ name, description }) => {
      const count = create('span', { className: 'count' }, '0');
      this.#counts.set(name, count);
      return create(
        'li',
        {},
        create('code', {}, name),
        count,
        create('p', { className: 'muted' }, description),
      );
    });
    this.table = create('ul', { className: 'events' }, ...rows);
  }

  add({ type, detail }: CustomEvent<unknown>): void {
    const count = this.#counts.get(type);
    if (count) count.textContent = String(Number(count.textContent) + 1);
    const text = detail === null || detail === undefined ? '' : JSON.stringify(detail, readable);
    this.#list.prepend(create('li', {}, create('code', {}, type), ` ${text}`));
    while (this.#list.childElementCount > maxListed) this.#list.lastElementChild?.remove();
  }
}
