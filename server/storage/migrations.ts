/** One step of the database's history. What has been released is never changed: add another step. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * In order; the first makes version 1. While instances are being replaced, the old ones go on with the new
 * tables, so a step must leave what the version before uses.
 *
 * Texts are compared byte by byte (`"C"`): an index in a language's order breaks when the system's idea of
 * that language changes.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'threads and items',
    statements: [
      `create table taskpilot_threads (
        key bigint generated always as identity primary key,
        position bigint generated always as identity,
        id text collate "C" not null,
        user_id text collate "C" not null,
        thread json not null,
        last_position bigint not null default 0,
        active_on date not null,
        constraint taskpilot_threads_id unique (id)
      ) with (fillfactor = 80)`,
      `create index taskpilot_threads_user on taskpilot_threads (user_id, position)`,
      `create index taskpilot_threads_active on taskpilot_threads (active_on)`,
      `create table taskpilot_items (
        thread_key bigint not null references taskpilot_threads (key) on delete cascade,
        position bigint not null,
        id text collate "C" not null,
        item json not null,
        primary key (thread_key, position),
        constraint taskpilot_items_id unique (thread_key, id)
      )`,
    ],
  },
];
