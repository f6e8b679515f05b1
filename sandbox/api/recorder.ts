import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Scenario } from './scenarios.js';

/** A request to the API, without its secrets. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the scenario. */
  readonly path: string;
  readonly scenario: Scenario;
  readonly headers: Readonly<Record<string, string>>;
  /** Null when it could not be read. */
  readonly body: unknown;
  /** 0 until the response starts, and when the connection closed before that. */
  readonly status: number;
  /** Whether the connection closed before the whole response was sent, for example by an abort. */
  readonly cut: boolean;
}

type Entry = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

const maxRecorded = 2000;
const isPublic = (name: string, value: string): boolean =>
  !['authorization', 'cookie'].includes(name) && !/\b(?:sk-|ek_|Bearer )\S/.test(value);

function publicHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name, String(value)] as const)
      .filter(([name, value]) => isPublic(name, value)),
  );
}

/** Records requests to the API in order of arrival, for tests. */
export class Recorder {
  readonly #entries: Entry[] = [];
  readonly #open = new WeakMap<FastifyRequest, Entry>();

  get requests(): readonly RecordedRequest[] {
    return this.#entries;
  }

  /** Called on arrival, so that a client that has its response finds the request recorded. */
  begin(request: FastifyRequest, reply: FastifyReply, scenario: Scenario): void {
    if (this.#entries.length >= maxRecorded) this.#entries.shift();
    const entry: Entry = {
      method: request.method,
      path: new URL(request.url, 'http://sandbox').pathname.replace(/^\/scenarios\/[^/]+/, ''),
      scenario,
      headers: publicHeaders(request.headers),
      body: null,
      status: 0,
      cut: false,
    };
    reply.raw.once('close', () => {
      entry.cut = !reply.raw.writableFinished;
    });
    this.#entries.push(entry);
    this.#open.set(request, entry);
  }

  readBody(request: FastifyRequest): void {
    const entry = this.#open.get(request);
    if (entry) entry.body = request.body ?? null;
  }

  /** Called before the response is sent. */
  end(request: FastifyRequest, reply: FastifyReply): void {
    const entry = this.#open.get(request);
    if (entry) entry.status = reply.statusCode;
  }
}
