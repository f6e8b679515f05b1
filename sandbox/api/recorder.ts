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
  /** 0 as long as nothing was answered, and for good when the connection was cut before. */
  readonly status: number;
  /** Whether the connection ended before the whole answer was sent: who asked has hung up, say. */
  readonly cut: boolean;
}

type Entry = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

const maxRecorded = 2000;
const harmless = (name: string, value: string): boolean =>
  !['authorization', 'cookie'].includes(name) && !/\b(?:sk-|ek_|Bearer )\S/.test(value);

function harmlessHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name, String(value)] as const)
      .filter(([name, value]) => harmless(name, value)),
  );
}

/** Remembers what the API was asked, in the order of arrival, for tests to look at. */
export class Recorder {
  readonly #entries: Entry[] = [];
  readonly #open = new WeakMap<FastifyRequest, Entry>();

  get requests(): readonly RecordedRequest[] {
    return this.#entries;
  }

  /** At its arrival, so that who has an answer finds the request here. */
  begin(request: FastifyRequest, reply: FastifyReply, scenario: Scenario): void {
    if (this.#entries.length >= maxRecorded) this.#entries.shift();
    const entry: Entry = {
      method: request.method,
      path: new URL(request.url, 'http://sandbox').pathname.replace(/^\/scenarios\/[^/]+/, ''),
      scenario,
      headers: harmlessHeaders(request.headers),
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

  /** Before the answer is on its way. */
  end(request: FastifyRequest, reply: FastifyReply): void {
    const entry = this.#open.get(request);
    if (entry) entry.status = reply.statusCode;
  }
}
