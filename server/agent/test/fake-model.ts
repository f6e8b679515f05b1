import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach } from 'vitest';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import {
  newResponse,
  responseEvents,
  wholeResponse,
  type Output,
} from '../../testing/responses.js';

export interface ModelRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly model?: string;
    readonly instructions?: string;
    readonly input: readonly Record<string, unknown>[];
    readonly stream?: boolean;
    readonly [field: string]: unknown;
  };
  /** Resolves when the connection closes before the response is complete. */
  readonly cut: Promise<void>;
}

/** How the model answers a request. */
export type Script = (
  request: ModelRequest,
  reply: {
    /** The events of OpenAI's API, or the whole response if the request does not stream. */
    readonly outputs: (...outputs: Output[]) => void;
    readonly events: (events: Iterable<Partial<ResponseStreamEvent>>) => void;
    /** Begins an answer that does not end. */
    readonly begin: (events: Iterable<Partial<ResponseStreamEvent>>) => void;
    readonly error: (status: number, error: object, headers?: Record<string, string>) => void;
    readonly raw: ServerResponse;
  },
) => void | Promise<void>;

export interface FakeModel {
  readonly baseUrl: string;
  /** Requests for answers, without those for titles. */
  readonly requests: ModelRequest[];
  readonly titles: ModelRequest[];
  script: Script;
  titleScript: Script;
  close(): Promise<void>;
}

export const text = (words: string): Output => ({ type: 'message', text: words });

/** Calls a tool and, once it has an output, answers with `words`. */
export const callThenSay =
  (name: string, args: string, words: string): Script =>
  ({ body }, reply) =>
    reply.outputs(
      body.input.some(({ type }) => type === 'function_call_output')
        ? text(words)
        : { type: 'function_call', name, arguments: args },
    );

async function bodyOf(request: IncomingMessage): Promise<ModelRequest['body']> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as ModelRequest['body'];
}

const toLine = (event: Partial<ResponseStreamEvent>): string =>
  `event: ${event.type ?? ''}\ndata: ${JSON.stringify(event)}\n\n`;

/** Stands in for the Responses API on a free port; a test scripts its answers. */
export async function startFakeModel(): Promise<FakeModel> {
  const server = createServer((request, raw) => {
    if (request.method === 'POST') void handle(request, raw);
    // The list of models, which a service reads at its start; many servers have none.
    else raw.writeHead(404).end();
  });
  async function handle(request: IncomingMessage, raw: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const cut = new Promise<void>((resolve) => {
      raw.once('close', () => {
        if (!raw.writableFinished) resolve();
      });
    });
    const asked: ModelRequest = {
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body,
      cut,
    };
    const isTitle = body.instructions?.startsWith('Write a title') === true;
    (isTitle ? fake.titles : fake.requests).push(asked);
    const response = newResponse(body, 1_790_000_000);
    const begin = (events: Iterable<Partial<ResponseStreamEvent>>) => {
      raw.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of events) raw.write(toLine(event));
    };
    const events = (sequence: Iterable<Partial<ResponseStreamEvent>>) => {
      begin(sequence);
      raw.end();
    };
    await (isTitle ? fake.titleScript : fake.script)(asked, {
      raw,
      begin,
      events,
      outputs: (...outputs) => {
        if (body.stream === true) events(responseEvents(response, outputs));
        else {
          raw.writeHead(200, { 'content-type': 'application/json' });
          raw.end(JSON.stringify(wholeResponse(response, outputs)));
        }
      },
      error: (status, error, headers = {}) => {
        raw.writeHead(status, { 'content-type': 'application/json', ...headers });
        raw.end(JSON.stringify({ error }));
      },
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeModel = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests: [],
    titles: [],
    script: (_request, reply) => {
      reply.outputs(text('Hello.'));
    },
    titleScript: (_request, reply) => {
      reply.outputs(text('A title'));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}

/** A fake model for the tests of a file: before each it has no requests, and answers “Hello.” */
export async function useFakeModel(): Promise<FakeModel> {
  const model = await startFakeModel();
  const { script, titleScript } = model;
  beforeEach(() => {
    model.requests.length = 0;
    model.titles.length = 0;
    Object.assign(model, { script, titleScript });
  });
  afterAll(() => model.close());
  return model;
}
