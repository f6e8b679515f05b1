import { Deliveries } from './deliveries.js';
import { newId, type NewId } from './ids.js';
import { isStreaming, parseRequest } from './parse-request.js';
import { PlainRequests } from './plain-requests.js';
import type { Responder, ResponderContext } from './responder.js';
import type { Store, StoreContext } from './store.js';
import { StreamingRequests } from './turns.js';
import type { ThreadStreamEvent } from './protocol/index.js';

export interface ChatKitServerOptions {
  readonly store: Store;
  readonly responder: Responder;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly newId?: NewId;
}

/** Who sends a request. */
export interface ProcessContext extends StoreContext {
  /** Aborted when the answer is not wanted any more: what was said is stored, and the model is stopped. */
  readonly signal: AbortSignal;
  /** Aborted when the client is gone, where that alone does not stop the answer; `signal` without it. */
  readonly disconnected?: AbortSignal;
  /** For the log. */
  readonly requestId?: string;
  /** Called before a request for an answer is carried out, which costs a model's time; it throws to refuse. */
  readonly admit?: () => void | Promise<void>;
  /** Hears of exceptions in mid-answer, of which the client is told nothing; else they are warnings of Node's. */
  readonly onError?: (error: unknown) => void;
}

export type ProcessResult =
  | {
      readonly type: 'stream';
      /** Never throws. Whoever stops reading before the end calls its `return`. */
      readonly events: AsyncGenerator<ThreadStreamEvent, void>;
    }
  | { readonly type: 'json'; readonly body: object };

/** Carries out requests of the ChatKit protocol, however they come. `chatkitServer` is its HTTP. */
export class ChatKitServer {
  readonly #options: ChatKitServerOptions;
  readonly #now: () => number;
  readonly #deliveries: Deliveries;

  constructor(options: ChatKitServerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#deliveries = new Deliveries(this.#now);
  }

  /**
   * Checks a request and what it is about, and stores what it brings: a stream begins only when all that
   * has gone well.
   *
   * @param body what JSON said
   * @throws {RequestError} 400 for what is not a request, or cannot be done
   * @throws {NotFoundError} for a thread or item that is not this user's
   * @throws what `admit` throws
   */
  async process(body: unknown, caller: ProcessContext): Promise<ProcessResult> {
    const { store, responder } = this.#options;
    const request = parseRequest(body);
    const context: ResponderContext = {
      user: caller.user,
      signal: caller.signal,
      requestId: caller.requestId ?? '',
      metadata: request.metadata ?? {},
      store,
      newId: this.#options.newId ?? newId,
      now: () => new Date(this.#now()).toISOString(),
    };
    if (!isStreaming(request)) {
      return { type: 'json', body: await new PlainRequests(responder, context).answer(request) };
    }
    await caller.admit?.();
    const onError = caller.onError ?? warn;
    const streaming = new StreamingRequests(
      { responder, deliveries: this.#deliveries, onError },
      context,
      caller.disconnected ?? caller.signal,
    );
    return { type: 'stream', events: await streaming.open(request) };
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error('The responder failed.'));
}
