import { and, asc, desc, eq, getTableColumns, gte, sql } from 'drizzle-orm';
import type { StoreContext } from '../chatkit/index.js';
import type { Database } from './database.js';
import { answers, dayOf, isUnstorable, threads } from './schema.js';

export const answerOutcomes = ['complete', 'stopped', 'failed'] as const;
export type AnswerOutcome = (typeof answerOutcomes)[number];

/** How one answer went and what it cost. */
export interface AnswerRecord {
  /** The message that was answered; null when the answer went on after something else, such as a tool in the page. */
  readonly messageId: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Milliseconds from the start to the first text or widget; null when there was none. */
  readonly firstWordMs: number | null;
  /** Milliseconds from the start to the end. */
  readonly durationMs: number;
  readonly outcome: AnswerOutcome;
  /** Code of the failure, where the agent has told one. */
  readonly failure: string | null;
  /** Null where the agent does not report it. */
  readonly model: string | null;
  /** Tokens as the model's API reports them; null where it does not. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** Answers of a day (UTC). */
export interface DayFigures {
  /** Such as `2026-11-30`. */
  readonly day: string;
  /** Conversations with an answer on this day. */
  readonly chats: number;
  readonly answers: number;
  readonly failures: number;
  /** Milliseconds; null on a day without a first word. */
  readonly firstWordMedianMs: number | null;
  readonly firstWordP95Ms: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Stores how an answer went; nothing when its thread has been deleted meanwhile. */
export async function addAnswer(
  { run }: Database,
  threadId: string,
  { user }: StoreContext,
  record: AnswerRecord,
): Promise<void> {
  const isOwn = and(eq(threads.id, threadId), eq(threads.userId, user));
  const columns = { key: threads.key };
  const { firstWordMs, durationMs, inputTokens, outputTokens } = record;
  await run((db) => {
    // Both lock the thread: deleted in between, it would fail the insert.
    const thread =
      record.outcome === 'failed'
        ? db.update(threads).set({ failed: true }).where(isOwn).returning(columns)
        : db.select(columns).from(threads).where(isOwn).for('key share');
    // By hand, because Drizzle wants the identity column in the query.
    return db.execute(sql`
      with thread as ${thread}
      insert into ${answers} (thread_key, message_id, started_at, first_word_ms, duration_ms, outcome,
        failure, model, input_tokens, output_tokens)
      select key, ${record.messageId}, ${new Date(record.startedAt).toISOString()}, ${firstWordMs}, ${durationMs},
        ${record.outcome}, ${record.failure}, ${record.model}, ${inputTokens}, ${outputTokens}
      from thread`);
  });
}

/** So many answers of a thread are told at most, the newest. */
const maxAnswers = 500;

/** The answers of a thread, oldest first. */
export async function answersOf(
  { run }: Database,
  threadId: string,
): Promise<readonly AnswerRecord[]> {
  if (isUnstorable(threadId)) return [];
  const rows = await run((db) => {
    const key = db.select({ key: threads.key }).from(threads).where(eq(threads.id, threadId));
    const { key: order, threadKey, ...record } = getTableColumns(answers);
    return db
      .select(record)
      .from(answers)
      .where(eq(threadKey, key))
      .orderBy(desc(record.startedAt), desc(order))
      .limit(maxAnswers);
  });
  return rows
    .reverse()
    .map(({ startedAt, ...record }) => ({ ...record, startedAt: startedAt.getTime() }));
}

const dayMs = 24 * 3600 * 1000;

/** The figures of so many days (UTC) up to today, oldest first; days without answers are among them. */
export async function figuresOf(
  { run }: Database,
  days: number,
  now: number,
): Promise<readonly DayFigures[]> {
  const first = Date.parse(dayOf(now)) - (days - 1) * dayMs;
  const day = sql<string>`((${answers.startedAt} at time zone 'UTC')::date)::text`;
  const percentile = (share: number) =>
    sql<
      number | null
    >`(percentile_cont(${sql.raw(String(share))}) within group (order by ${answers.firstWordMs}))::int`;
  const total = (column: typeof answers.inputTokens | typeof answers.outputTokens) =>
    sql`coalesce(sum(${column}), 0)`.mapWith(Number);
  const rows = await run((db) =>
    db
      .select({
        day: day.as('day'),
        chats: sql<number>`(count(distinct ${answers.threadKey}))::int`,
        answers: sql<number>`(count(*))::int`,
        failures: sql<number>`(count(*) filter (where ${answers.outcome} = 'failed'))::int`,
        firstWordMedianMs: percentile(0.5),
        firstWordP95Ms: percentile(0.95),
        inputTokens: total(answers.inputTokens),
        outputTokens: total(answers.outputTokens),
      })
      .from(answers)
      .where(gte(answers.startedAt, new Date(first)))
      .groupBy(sql`1`)
      .orderBy(asc(sql`1`)),
  );
  const byDay = new Map(rows.map((row) => [row.day, row]));
  const empty = {
    ...{ chats: 0, answers: 0, failures: 0, inputTokens: 0, outputTokens: 0 },
    ...{ firstWordMedianMs: null, firstWordP95Ms: null },
  };
  return Array.from({ length: days }, (_, index) => {
    const name = dayOf(first + index * dayMs);
    return byDay.get(name) ?? { day: name, ...empty };
  });
}
