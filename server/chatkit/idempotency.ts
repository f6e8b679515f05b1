import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Answer, type Answers, type OnRevoked } from './answers.js';
import { abortable } from './async.js';
import { ChatKitProblem, RequestError } from './errors.js';
import { isHidden, type ThreadItem, type ThreadStreamEvent } from './protocol/index.js';
import type { KeyedRequest, Store, StoreContext, StoredRequest } from './store.js';
import type { AnswerEnd } from './stream.js';
import { toClientThread } from './thread.js';
import type { Reply, Turn } from './turns.js';

type Events = AsyncGenerator<ThreadStreamEvent, void>;

/** The header's value: visible ASCII, also where it is a quoted string as in the IETF's draft. */
const validKey = /^[!-~]{1,255}$/;
/** A lease is renewed so many times before it expires, which is also how soon a stop is noticed. */
const renewalsPerLease = 15;
/** The first and the longest pause between two looks at an answer of another instance, in milliseconds. */
const pollMs = { first: 50, longest: 1000 };
const pageSize = 100;

/** @throws {RequestError} 400 for a key that is no key */
export function assertIdempotencyKey(key: string): void {
  if (!validKey.test(key)) {
    throw new RequestError(400, 'An Idempotency-Key has 1 to 255 visible ASCII characters.');
  }
}

/** A streaming request. */
export interface Call {
  /** Its `Idempotency-Key`. */
  readonly key: string | undefined;
  readonly user: string;
  /** The request's body. */
  readonly body: unknown;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** As `ProcessContext.onRevoked`. */
  readonly onRevoked: OnRevoked | undefined;
  /** What happens to the answer when its last reader is gone. */
  readonly atDisconnect: 'stop' | 'finish';
  /** Called before a request that is no repetition, with the end of its answer; throws to refuse it. */
  readonly admit: (ended: Promise<void>) => void | Promise<void>;
  /** What the request asks for; the answer ends when the signal aborts. */
  readonly turn: (signal: AbortSignal) => Turn;
  readonly onError: (error: unknown) => void;
}

type KeyedCall = Call & { readonly key: string };

export interface AnsweredRequestsOptions {
  readonly store: Store;
  readonly answers: Answers;
  /** After so many milliseconds without a sign of the answering instance, a repetition takes over. */
  readonly leaseMs: number;
}

interface RunningAnswer {
  readonly answer: Answer;
  readonly onError: (error: unknown) => void;
}

/**
 * Makes requests safe to repeat (draft-ietf-httpapi-idempotency-key-header). The key is stored in the transaction
 * that stores what the request brings. A repetition joins the answer while this instance makes it, waits while
 * another does, takes it over when that one has died, and replays it when it has ended.
 *
 * A request without a key gets a random one, because the lease tells other instances, too, that its thread is answered.
 */
export class AnsweredRequests {
  readonly #store: Store;
  readonly #answers: Answers;
  readonly #leaseMs: number;
  /** By user and key. */
  readonly #running = new Map<string, RunningAnswer>();
  /** What a shutdown has interrupted. */
  readonly #abandoned: RunningAnswer[] = [];
  #renewing = false;

  constructor({ store, answers, leaseMs }: AnsweredRequestsOptions) {
    this.#store = store;
    this.#answers = answers;
    this.#leaseMs = leaseMs;
  }

  /** @throws {ChatKitProblem} `idempotency_key_reused` when the key was used with another body */
  async open({ key, ...rest }: Call): Promise<Events> {
    if (key === undefined) return this.#openUnkeyed(rest);
    const call = { key, ...rest };
    const bodyHash = createHash('sha256').update(JSON.stringify(call.body)).digest('base64');
    const stored =
      (await this.#store.loadRequest(key, call)) ?? (await this.#begin(call, bodyHash));
    if (!('state' in stored)) return stored;
    if (stored.bodyHash !== bodyHash) {
      const detail = 'This Idempotency-Key has been used for another request.';
      throw new ChatKitProblem('idempotency_key_reused', detail);
    }
    const running = this.#find(call);
    if (running?.joinable === true) return running.follow(call.signal);
    const { preamble } = await call.turn(call.signal).restore(this.#store, stored);
    return this.#repeat(call, preamble);
  }

  async #openUnkeyed(rest: Omit<Call, 'key'>): Promise<Events> {
    const call = { ...rest, key: randomUUID() };
    const answer = this.#answers.open(call.onRevoked);
    try {
      const reply = await this.#claimed(call, answer, '');
      if (call.atDisconnect === 'finish') return this.#start(call, answer, reply);
      const { signal } = call;
      if (signal.aborted) answer.stop(signal.reason);
      else signal.addEventListener('abort', () => answer.stop(signal.reason), { once: true });
      // Its only reader sets the pace.
      return answer.paced(this.#events(call, answer, reply));
    } catch (error) {
      answer.end();
      throw error;
    }
  }

  /** Stops the answer to this user's request with the key, if there is one, wherever it is made. */
  async stop(key: string, { user }: StoreContext): Promise<void> {
    const running = this.#find({ key, user });
    if (running !== undefined) running.stop();
    else if (validKey.test(key)) await this.#store.stopRequest(key, { user });
  }

  /** Lets other instances take over at once what a shutdown has interrupted here. Never rejects. */
  async close(): Promise<void> {
    const [first] = this.#abandoned;
    if (first === undefined) return;
    try {
      const owners = this.#abandoned.map(({ answer }) => answer.id);
      await this.#store.renewLeases(owners, 0);
    } catch (error) {
      // They expire by themselves.
      first.onError(error);
    }
  }

  /** Stores what the request brings, and starts its answer. Returns the request that has the key already. */
  async #begin(call: KeyedCall, bodyHash: string): Promise<Events | StoredRequest> {
    const answer = this.#answers.open(call.onRevoked);
    try {
      return this.#start(call, answer, await this.#claimed(call, answer, bodyHash));
    } catch (error) {
      answer.end();
      // A question or a tool's call that was pending is not so any more when the same request has come twice at once.
      const mayBeRepetition = error instanceof KeyTakenError || error instanceof RequestError;
      const stored = mayBeRepetition ? await this.#store.loadRequest(call.key, call) : null;
      if (stored !== null) return stored;
      throw error instanceof KeyTakenError ? gone() : error;
    }
  }

  /** Stores what the request brings, with its key. */
  async #claimed(call: KeyedCall, answer: Answer, bodyHash: string): Promise<Reply> {
    await call.admit(answer.ended);
    const turn = call.turn(answer.signal);
    return this.#store.transaction(turn.thread, call, async (store) => {
      const { reply, ...item } = await turn.store(store);
      const claim = { ...this.#claim(call, answer), ...item, bodyHash };
      if (!(await store.claimRequest(claim, call))) throw new KeyTakenError();
      return reply;
    });
  }

  /** The answer to an earlier request, without storing or asking for anything twice. Never throws. */
  async *#repeat(call: KeyedCall, preamble: readonly ThreadStreamEvent[]): Events {
    const { signal, onError } = call;
    // Waiting has the deadline of an answer, and ends with a shutdown, too.
    let waiting: Answer | null = null;
    const leave = () => waiting?.stop();
    signal.addEventListener('abort', leave);
    try {
      waiting = this.#answers.open();
      yield* preamble;
      const answer = await this.#findAnswer(call, waiting.signal);
      if (answer instanceof Answer) yield* answer.follow(signal, preamble.length);
      else yield* this.#replay(answer, call);
    } catch (error) {
      if (signal.aborted) return;
      if (waiting?.signal.aborted !== true) onError(error);
      yield { type: 'error', code: 'stream.error', allow_retry: true };
    } finally {
      signal.removeEventListener('abort', leave);
      waiting?.end();
    }
  }

  /** Waits until there is an answer to join here, or the end of one that was made elsewhere. */
  async #findAnswer(call: KeyedCall, signal: AbortSignal): Promise<Answer | StoredRequest> {
    for (let pauseMs = pollMs.first; ; pauseMs = Math.min(pauseMs * 2, pollMs.longest)) {
      signal.throwIfAborted();
      const running = this.#find(call);
      if (running?.joinable === true) return running;
      if (running !== undefined) await abortable(running.ended, signal);
      const stored = (await this.#store.loadRequest(call.key, call)) ?? gone();
      if (stored.state === 'ended') return stored;
      const answer = stored.state === 'abandoned' ? await this.#takeOver(call, stored) : null;
      if (answer !== null) return answer;
      await sleep(pauseMs, undefined, { signal });
    }
  }

  /** The stored answer. Tokens are not sent again, nor what was never stored. */
  async *#replay({ threadId, itemId, error }: StoredRequest, context: StoreContext): Events {
    for (const item of await this.#answerItems({ threadId, itemId }, context)) {
      if (item.type === 'user_message') break;
      if (!isHidden(item)) yield { type: 'thread.item.done', item };
    }
    const thread = await this.#store.loadThread(threadId, context);
    yield { type: 'thread.updated', thread: toClientThread(thread) };
    if (error !== undefined) yield error;
  }

  async #answerItems(
    { threadId, itemId }: Omit<KeyedRequest, 'bodyHash'>,
    context: StoreContext,
    store: Pick<Store, 'loadItems'> = this.#store,
  ): Promise<readonly ThreadItem[]> {
    const items: ThreadItem[] = [];
    let after = itemId ?? undefined;
    do {
      const request = { limit: pageSize, order: 'asc', after } as const;
      const page = await store.loadItems(threadId, request, context);
      items.push(...page.data);
      after = page.after;
    } while (after !== undefined && !items.some(isOfLaterRequest));
    return items;
  }

  /** Makes the answer again, without what the abandoned one left. Null when another repetition does so. */
  async #takeOver(call: KeyedCall, stored: StoredRequest): Promise<Answer | null> {
    const answer = this.#answers.open(call.onRevoked);
    const { threadId, itemId } = stored;
    try {
      const turn = call.turn(answer.signal);
      const reply = await this.#store.transaction(threadId, call, async (store) => {
        const claim = { ...this.#claim(call, answer), ...stored };
        if (!(await store.claimRequest(claim, call))) return null;
        const left = await this.#answerItems(stored, call, store);
        if (left.some(isOfLaterRequest)) {
          // The visitor went on without this answer, which now would come after theirs.
          await store.endRequest(call.key, { owner: answer.id }, call);
          return null;
        }
        for (const { id } of left) await store.deleteItem(threadId, id, call);
        return turn.restore(store, { threadId, itemId });
      });
      if (reply !== null) {
        this.#start(call, answer, reply);
        return answer;
      }
    } catch (error) {
      answer.end();
      throw error;
    }
    answer.end();
    return null;
  }

  #claim({ key }: KeyedCall, { id }: Answer) {
    return { key, owner: id, leaseMs: this.#leaseMs };
  }

  #start(call: KeyedCall, answer: Answer, reply: Reply): Events {
    if (call.atDisconnect === 'stop') answer.onUnread = () => answer.stop();
    const reading = answer.follow(call.signal);
    void answer.run(this.#events(call, answer, reply));
    return reading;
  }

  /** The events of the answer, which is made while they are read, with its lease renewed. */
  #events(call: KeyedCall, answer: Answer, reply: Reply): Events {
    const id = idOf(call);
    this.#running.set(id, { answer, onError: call.onError });
    if (!this.#renewing) void this.#renewWhileRunning();
    return reply.events(async (end) => {
      await this.#end(call, answer, end);
      this.#running.delete(id);
      answer.end();
    });
  }

  async #end({ key, user, onError }: KeyedCall, answer: Answer, end: AnswerEnd): Promise<void> {
    if (end.type === 'interrupted') {
      if (end.code === 'shutdown') this.#abandoned.push({ answer, onError });
      return;
    }
    const error = end.type === 'failed' ? end.error : undefined;
    try {
      await this.#store.endRequest(key, { owner: answer.id, error }, { user });
    } catch (cause) {
      onError(cause);
    }
  }

  async #renewWhileRunning(): Promise<void> {
    this.#renewing = true;
    while (this.#running.size > 0) {
      await sleep(this.#leaseMs / renewalsPerLease, undefined, { ref: false });
      await this.#renew([...this.#running.values()]);
    }
    this.#renewing = false;
  }

  /** Renews all leases in one statement, and carries out what other instances have asked for. */
  async #renew(running: readonly RunningAnswer[]): Promise<void> {
    if (running.length === 0) return;
    try {
      const owners = running.map(({ answer }) => answer.id);
      const renewed = await this.#store.renewLeases(owners, this.#leaseMs);
      const leases = new Map(renewed.map((lease) => [lease.owner, lease]));
      for (const { answer } of running) {
        const lease = leases.get(answer.id);
        if (lease === undefined) answer.interrupt('lease_lost');
        else if (lease.stopped) answer.stop();
        else if (lease.followed) await this.#store.savePartial(answer.id, answer.partial);
      }
    } catch (error) {
      // The next renewal tries again: a lease outlives several failures.
      running[0]?.onError(error);
    }
  }

  #find(request: Pick<KeyedCall, 'key' | 'user'>): Answer | undefined {
    return this.#running.get(idOf(request))?.answer;
  }
}

class KeyTakenError extends Error {
  override readonly name = 'KeyTakenError';
}

const idOf = ({ user, key }: Pick<KeyedCall, 'key' | 'user'>): string =>
  JSON.stringify([user, key]);

function gone(): never {
  throw new ChatKitProblem('not_found', 'The thread of this request has been deleted.');
}

/** Whether an item shows that the visitor has sent something after the answer. */
const isOfLaterRequest = (item: ThreadItem): boolean =>
  item.type === 'user_message' ||
  (item.type === 'client_tool_call' && item.status === 'completed') ||
  (item.type === 'structured_input' && item.status !== 'pending');
