import type { PGlite, QueryOptions, Results, Transaction } from '@electric-sql/pglite';
import pg from 'pg';

/** So many are kept; statements with lists of values have a text for each length. */
const maxStatements = 100;

type Runner = Pick<PGlite | Transaction, 'query' | 'exec'>;

/** A value as SQL; null for one that has to be a parameter. */
function toLiteral(value: unknown): string | null {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return `'${value}'`;
  // As in the protocol, a NUL would end the text of the statement.
  return typeof value === 'string' && !value.includes('\0') ? pg.escapeLiteral(value) : null;
}

/** The statements that a connection has prepared. */
class PreparedStatements {
  /** By their text: null after the first use. */
  readonly #names = new Map<string, string | null>();
  #count = 0;

  async query<T>(
    runner: Runner,
    text: string,
    params: unknown[] = [],
    options?: QueryOptions,
  ): Promise<Results<T>> {
    const values = params.map(toLiteral);
    const name = values.includes(null) ? null : await this.#nameOf(runner, text, params.length);
    if (name === null) return runner.query<T>(text, params, options);
    const [result] = await runner.exec(`execute ${name} (${values.join(', ')})`, options);
    return result as Results<T>;
  }

  /** Prepares the statement at its second use; without parameters it may be of a kind that cannot be prepared. */
  async #nameOf(runner: Runner, text: string, params: number): Promise<string | null> {
    const known = this.#names.get(text);
    if (typeof known === 'string') return known;
    if (known === undefined) {
      if (params > 0 && this.#names.size < maxStatements) this.#names.set(text, null);
      return null;
    }
    // A call that comes meanwhile prepares it under another name: waiting could be for a transaction that waits for it.
    const name = `taskpilot_${++this.#count}`;
    await runner.exec(`prepare ${name} as ${text}`);
    this.#names.set(text, name);
    return name;
  }
}

/**
 * Makes PGlite parse and plan each statement once. In WebAssembly that takes longer than most statements themselves,
 * and PGlite has no prepared statements of its own, but SQL's `prepare` and `execute`, whose values are literals.
 */
export function prepareStatements(pglite: PGlite): void {
  const prepared = new PreparedStatements();
  const runner: Runner = { query: pglite.query.bind(pglite), exec: pglite.exec.bind(pglite) };
  pglite.query = (...args) => prepared.query(runner, ...args);
  const transaction = pglite.transaction.bind(pglite);
  pglite.transaction = (action) =>
    transaction((tx) => {
      const own: Runner = { query: tx.query.bind(tx), exec: tx.exec.bind(tx) };
      tx.query = (...args) => prepared.query(own, ...args);
      return action(tx);
    });
}
