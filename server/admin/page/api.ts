/** What the service answers under `/admin/api`. */
export interface Session {
  readonly role: 'admin' | 'read';
  readonly name: string;
  readonly conversations: 'stored' | 'hosted' | 'elsewhere';
  readonly retentionDays: number | null;
}

export interface ListedThread {
  readonly id: string;
  readonly user: string;
  readonly title: string | null;
  readonly createdAt: string;
  readonly activeOn: string;
  readonly disliked: boolean;
  readonly failed: boolean;
}

export interface ThreadFilter {
  readonly text?: string;
  readonly user?: string;
  readonly disliked?: true;
  readonly failed?: true;
  readonly from?: string;
  readonly to?: string;
}

export interface ThreadPage {
  readonly threads: readonly ListedThread[];
  readonly next: string | null;
  readonly searchedTo: string | null;
}

export interface Answer {
  readonly messageId: string | null;
  readonly startedAt: number;
  readonly firstWordMs: number | null;
  readonly durationMs: number;
  readonly outcome: 'complete' | 'stopped' | 'failed';
  readonly failure: string | null;
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** An item of a conversation; what else it has depends on its type. */
export interface Item {
  readonly type: string;
  readonly id: string;
  readonly created_at: string;
  readonly [field: string]: unknown;
}

export interface Feedback {
  readonly item_id: string;
  readonly kind: 'positive' | 'negative';
}

export interface ReadThread {
  readonly thread: ListedThread;
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly feedback: readonly Feedback[];
  readonly answers: readonly Answer[];
}

export interface DayFigures {
  readonly day: string;
  readonly chats: number;
  readonly answers: number;
  readonly failures: number;
  readonly firstWordMedianMs: number | null;
  readonly firstWordP95Ms: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface AuditEntry {
  readonly key: number;
  readonly at: string;
  readonly actor: string | null;
  readonly address: string;
  readonly action: string;
  readonly subject: string | null;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly next: string | null;
}

/** A conversation, or everything that is stored for a user. */
export type Subject = { readonly thread: string } | { readonly user: string };

/** A refusal of the service, or no answer at all (status 0). The message is for the operator. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Resolved against the page, so that it holds under any prefix. */
const base = 'admin/api/';

/** The service, as the holder of a token may use it. */
export class Api {
  readonly #token: string;
  readonly #onUnauthenticated: () => void;

  /** @param onUnauthenticated the token is no longer accepted */
  constructor(token: string, onUnauthenticated: () => void = () => undefined) {
    this.#token = token;
    this.#onUnauthenticated = onUnauthenticated;
  }

  session(): Promise<Session> {
    return this.#json('session', {});
  }

  list(filter: ThreadFilter, cursor: string | null, signal: AbortSignal): Promise<ThreadPage> {
    return this.#json('threads', { ...filter, ...(cursor !== null && { cursor }) }, signal);
  }

  read(id: string, after: string | null, signal: AbortSignal): Promise<ReadThread> {
    const query = after === null ? '' : `?after=${encodeURIComponent(after)}`;
    return this.#json(`threads/${encodeURIComponent(id)}${query}`, undefined, signal);
  }

  async export(subject: Subject): Promise<Blob> {
    return (await this.#send('export', subject)).blob();
  }

  async delete(subject: Subject): Promise<void> {
    await this.#send('delete', subject);
  }

  async figures(signal: AbortSignal): Promise<readonly DayFigures[]> {
    const { days } = await this.#json<{ days: readonly DayFigures[] }>(
      'figures',
      undefined,
      signal,
    );
    return days;
  }

  audit(before: string | null, signal: AbortSignal): Promise<AuditPage> {
    return this.#json(before === null ? 'audit' : `audit?before=${before}`, undefined, signal);
  }

  async #json<T>(path: string, body?: object, signal?: AbortSignal): Promise<T> {
    return (await (await this.#send(path, body, signal)).json()) as T;
  }

  /** @throws {ApiError} */
  async #send(path: string, body?: object, signal?: AbortSignal): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(base + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new ApiError(0, 'The service does not answer. Check your connection and try again.');
    }
    if (response.ok) return response;
    if (response.status === 401) this.#onUnauthenticated();
    throw new ApiError(response.status, await detailOf(response));
  }
}

async function detailOf(response: Response): Promise<string> {
  if (response.headers.get('content-type')?.startsWith('application/problem+json') === true) {
    const { detail } = (await response.json()) as { detail: string };
    return detail;
  }
  return `The service answered with an error (${response.status}).`;
}
