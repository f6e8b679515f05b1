import type { FileUpload } from '../page/fetch-relay.js';
import { AccessError, readEventStream, type Transport } from './transports.js';
import { isShown, type Item, type Page, type StreamEvent, type StreamRequest } from './wire.js';

/** Retries of a request whose response is no event stream, with exponential backoff. */
const maxRetries = 5;
const firstDelayMs = 250;

/**
 * - `access`: the page provided no client secret
 * - `refused`: the server rejected the request (4xx)
 * - `unreachable`: no usable response
 * - `broken`: the stream ended early
 */
export type FailureKind = 'access' | 'refused' | 'unreachable' | 'broken';

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly kind: FailureKind;
  readonly status: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { cause?: unknown; status?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.status = options.status;
  }
}

export interface ProtocolClientOptions {
  readonly transport: Pick<Transport, 'post' | 'upload'>;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const unreachable = 'The chat cannot be reached right now.';

/** The server's message, in ChatKit's form or in OpenAI's envelope. */
async function messageOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const { message, error } = (body ?? {}) as { message?: unknown; error?: { message?: unknown } };
  const said = message ?? error?.message;
  return typeof said === 'string' && said !== '' ? said : 'This did not work.';
}

/** @throws {ProtocolError} when the server did not do what it was asked */
async function assertOk(response: Response): Promise<void> {
  if (response.ok) return;
  const { status } = response;
  throw status < 500
    ? new ProtocolError('refused', await messageOf(response), { status })
    : new ProtocolError('unreachable', unreachable, { status });
}

const isEventStream = ({ headers }: Response): boolean =>
  /^text\/event-stream\b/i.test(headers.get('content-type') ?? '');

const shownOnly = (page: Page<Item>): Page<Item> => ({ ...page, data: page.data.filter(isShown) });

/** A client of the ChatKit protocol. Rejects with a `ProtocolError`, or with the signal's reason on abort. */
export class ProtocolClient {
  readonly #options: ProtocolClientOptions;

  constructor(options: ProtocolClientOptions) {
    this.#options = options;
  }

  /** A request with a JSON response. */
  async request(
    type: string,
    params: object,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<unknown> {
    const response = await this.#post({ type, params }, signal);
    await assertOk(response);
    try {
      return await response.json();
    } catch (cause) {
      signal.throwIfAborted();
      throw new ProtocolError('unreachable', unreachable, { cause });
    }
  }

  /** Sends a file; resolves with the response of a server that has taken it. */
  async upload(upload: FileUpload, signal: AbortSignal): Promise<Response> {
    const response = await this.#send((transport) => transport.upload(upload, signal), signal);
    await assertOk(response);
    return response;
  }

  /** A page of items, filtered by `isShown`. */
  async items(params: object, signal?: AbortSignal): Promise<Page<Item>> {
    return shownOnly((await this.request('items.list', params, signal)) as Page<Item>);
  }

  /**
   * A request with a streaming response.
   *
   * @param onRetry called before each retry
   */
  async *stream(
    request: StreamRequest,
    signal: AbortSignal,
    onRetry: () => void = () => undefined,
  ): AsyncGenerator<StreamEvent, void> {
    const body = await this.#open(request, signal, onRetry);
    try {
      for await (const data of readEventStream(body)) {
        const event = JSON.parse(data) as StreamEvent;
        if (!('item' in event) || isShown(event.item)) yield event;
      }
    } catch (cause) {
      signal.throwIfAborted();
      throw new ProtocolError('broken', 'The answer was cut off.', { cause });
    }
  }

  async #open(
    request: StreamRequest,
    signal: AbortSignal,
    onRetry: () => void,
  ): Promise<ReadableStream<Uint8Array>> {
    for (let retries = 0; ; retries++) {
      const failure = await this.#tryOpen(request, signal);
      if (failure instanceof ReadableStream) return failure;
      if (failure.kind !== 'unreachable' || retries === maxRetries) throw failure;
      onRetry();
      await this.#options.sleep(firstDelayMs * 2 ** retries, signal);
    }
  }

  async #tryOpen(
    request: StreamRequest,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array> | ProtocolError> {
    try {
      const response = await this.#post(request, signal);
      if (response.ok && isEventStream(response) && response.body) return response.body;
      const { status } = response;
      if (status >= 400 && status < 500) {
        return new ProtocolError('refused', await messageOf(response), { status });
      }
      await response.body?.cancel();
      return new ProtocolError('unreachable', unreachable, { status });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProtocolError) return error;
      throw error;
    }
  }

  #post(request: object, signal: AbortSignal): Promise<Response> {
    const body = JSON.stringify(request);
    return this.#send((transport) => transport.post(body, signal), signal);
  }

  async #send(
    send: (transport: ProtocolClientOptions['transport']) => Promise<Response>,
    signal: AbortSignal,
  ): Promise<Response> {
    try {
      return await send(this.#options.transport);
    } catch (cause) {
      signal.throwIfAborted();
      throw cause instanceof AccessError
        ? new ProtocolError('access', 'The chat could not connect.', { cause })
        : new ProtocolError('unreachable', unreachable, { cause });
    }
  }
}
