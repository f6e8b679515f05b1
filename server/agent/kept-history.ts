import type { AgentInputItem, ModelResponse } from '@openai/agents';
import type OpenAI from 'openai';
import type { ThreadItem, ThreadMetadata } from '../chatkit/index.js';
import type { Answer } from './answer.js';
import type { AgentContext, AnswerOutcome } from './answer-stream.js';
import { toInput, type AgentInputHooks, type HistoryEntry } from './model-input.js';

/**
 * Who keeps what the model reads of a conversation. `thread`: this service, which sends it with each message.
 * `response`: OpenAI keeps its responses, and each request names the last one (`previous_response_id`).
 * `conversation`: OpenAI keeps a conversation (`/v1/conversations`) for the thread. With the last two, only what is new
 * is sent.
 */
export const historyOwners = ['thread', 'response', 'conversation'] as const;
export type HistoryOwner = (typeof historyOwners)[number];

/** Where OpenAI keeps it: options of the SDK's `run`. */
export interface KeptAt {
  readonly previousResponseId?: string;
  readonly conversationId?: string;
}

/** Gets the model's responses when a run has ended, or waits for a tool in the page. */
export type OnResponses = (responses: readonly ModelResponse[], end: AnswerOutcome) => void;

/** Asks the model with these items of the thread. */
export type AskModel = (
  entries: readonly HistoryEntry[],
  options?: { readonly history?: KeptAt | undefined; readonly onResponses?: OnResponses },
) => Promise<AnswerOutcome>;

/** In the metadata of the thread, which are stored and never sent to a client. */
const metadataKey = 'taskpilot.history';

interface KeptRecord {
  readonly owner: HistoryOwner;
  /** Of the last response, or of the conversation. */
  readonly id: string;
  /** The last item of the thread that OpenAI has. */
  readonly item_id: string;
}

function readRecord({ metadata }: ThreadMetadata, owner: HistoryOwner): KeptRecord | null {
  const record = metadata[metadataKey] as Partial<KeptRecord> | undefined;
  const isComplete = typeof record?.id === 'string' && typeof record.item_id === 'string';
  return isComplete && record.owner === owner ? (record as KeptRecord) : null;
}

/** More new items than a visitor can add between two answers: the thread is then sent whole. */
const maxNewItems = 100;

/** Of a call that OpenAI has, the output alone; null while there is none. */
async function outputOf(item: ThreadItem): Promise<AgentInputItem[] | null> {
  if (item.type !== 'client_tool_call') return [];
  const input = await toInput(item);
  return input.length === 0 ? null : input.filter(({ type }) => type === 'function_call_result');
}

/** The calls of a response that wait for an output. */
const openCalls = (response: ModelResponse | undefined): number =>
  (response?.output ?? []).filter(({ type }) => type === 'function_call').length;

/** Whether an error may say that OpenAI does not have what a request names. */
function isUnknown(error: unknown): boolean {
  const { status } = (error ?? {}) as { readonly status?: unknown };
  return status === 400 || status === 404;
}

export interface KeptHistoryOptions {
  readonly context: AgentContext;
  readonly answer: Answer;
  readonly hooks: AgentInputHooks | undefined;
  readonly client: OpenAI;
  /** The thread as this service has it. */
  readonly whole: () => Promise<readonly HistoryEntry[]>;
  readonly ask: AskModel;
}

/** A conversation that OpenAI keeps, and this service beside it. */
export class KeptHistory {
  readonly #owner: Exclude<HistoryOwner, 'thread'>;
  readonly #options: KeptHistoryOptions;
  #conversationId: string | undefined;
  /** The last item that was sent to the model. */
  #lastInput: string | undefined;

  constructor(owner: Exclude<HistoryOwner, 'thread'>, options: KeptHistoryOptions) {
    this.#owner = owner;
    this.#options = options;
    this.#conversationId = owner === 'conversation' ? this.#record?.id : undefined;
  }

  get #record(): KeptRecord | null {
    return readRecord(this.#options.context.thread, this.#owner);
  }

  /**
   * Answers from what OpenAI has, with what it lacks. The thread is sent whole when nothing is kept, or OpenAI does not
   * have it any more.
   *
   * @param upTo the id of the message to answer
   */
  async answer(upTo: string | undefined): Promise<AnswerOutcome> {
    const { context, answer, whole, client } = this.#options;
    const entries = await this.#newEntries(upTo);
    if (entries !== null) {
      try {
        return await this.#ask(entries, this.#record?.id);
      } catch (error) {
        if (!isUnknown(error) || !answer.isEmpty) throw error;
      }
    }
    Reflect.deleteProperty(context.thread.metadata, metadataKey);
    this.#conversationId =
      this.#owner === 'conversation' ? await createConversation(client) : undefined;
    return this.#ask(await whole(), this.#conversationId);
  }

  /** Remembers in the thread what OpenAI has after a run. */
  readonly remember: OnResponses = (responses, end) => {
    const { context, answer } = this.#options;
    const { metadata } = context.thread;
    const last = responses.at(-1);
    const id = this.#owner === 'conversation' ? this.#conversationId : last?.responseId;
    const itemId = answer.lastItemId ?? this.#lastInput;
    // A run that ended with a tool has not sent its output, without which OpenAI refuses to go on.
    const isWhole = openCalls(last) === (end === 'paused' ? 1 : 0);
    if (id === undefined || itemId === undefined || !isWhole) {
      Reflect.deleteProperty(metadata, metadataKey);
      return;
    }
    const record: KeptRecord = { owner: this.#owner, id, item_id: itemId };
    metadata[metadataKey] = record;
  };

  #ask(entries: readonly HistoryEntry[], id: string | undefined): Promise<AnswerOutcome> {
    this.#lastInput = entries.at(-1)?.item.id;
    const key = this.#owner === 'conversation' ? 'conversationId' : 'previousResponseId';
    return this.#options.ask(entries, {
      ...(id !== undefined && { history: { [key]: id } }),
      onResponses: this.remember,
    });
  }

  /**
   * What OpenAI does not have yet, the oldest first; null when nothing is kept, the end of the thread was deleted for
   * another try, or a call of a tool never got its output.
   */
  async #newEntries(upTo: string | undefined): Promise<HistoryEntry[] | null> {
    const record = this.#record;
    if (record === null) return null;
    const { context, hooks } = this.#options;
    const { thread, store, user } = context;
    const page = { limit: maxNewItems, order: 'desc' } as const;
    const { data } = await store.loadItems(thread.id, page, { user });
    const known = data.findIndex(({ id }) => id === record.item_id);
    const last = data[known];
    if (last === undefined) return null;
    const output = await outputOf(last);
    if (output === null) return null;
    const newest = Math.max(
      data.findIndex(({ id }) => id === upTo),
      0,
    );
    const entries: HistoryEntry[] = output.length === 0 ? [] : [{ item: last, input: output }];
    for (const item of data.slice(newest, known).reverse()) {
      entries.push({ item, input: await toInput(item, hooks) });
    }
    return entries;
  }
}

/** @returns undefined when the server has no conversations */
async function createConversation(client: OpenAI): Promise<string | undefined> {
  try {
    return (await client.conversations.create({})).id;
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw error;
  }
}
