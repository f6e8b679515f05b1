import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach } from 'vitest';

export interface ChatRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: {
    readonly model?: string;
    readonly messages: readonly {
      readonly role: string;
      readonly content: unknown;
      readonly [field: string]: unknown;
    }[];
    readonly stream?: boolean;
    readonly [field: string]: unknown;
  };
}

/** How a server answers: with chunks (whole, as it sends them), or with a status and a body. */
export type ChatReply =
  | { readonly chunks: readonly object[]; readonly noDone?: boolean }
  | { readonly status: number; readonly body: object | string };

export interface FakeChat {
  readonly baseUrl: string;
  /** Requests for answers, without those for titles. */
  readonly requests: ChatRequest[];
  script: (request: ChatRequest, index: number) => ChatReply;
  close(): Promise<void>;
}

/** A chunk of an answer. */
export const chunk = (delta: object, more: object = {}): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'test',
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
});

export const says = (...texts: string[]): ChatReply => ({
  chunks: [
    chunk({ role: 'assistant', content: '' }),
    ...texts.map((content) => chunk({ content })),
    chunk({}, { finish_reason: 'stop' }),
  ],
});

interface Choice {
  readonly delta: Readonly<Record<string, unknown>>;
  readonly finish_reason?: string | null;
}

/** The whole answer that chunks make, for a request that does not stream. */
function wholeAnswer(chunks: readonly object[]): object {
  const choices = (chunks as readonly { choices: readonly Choice[] }[]).flatMap(
    (one) => one.choices,
  );
  const joined = (name: string) => {
    const texts = choices
      .map(({ delta }) => delta[name])
      .filter((text) => typeof text === 'string');
    return texts.length === 0 ? {} : { [name]: texts.join('') };
  };
  const message = {
    role: 'assistant',
    ...joined('content'),
    ...joined('reasoning'),
    ...joined('reasoning_content'),
    ...choices.map(({ delta }) => delta).find((delta) => 'tool_calls' in delta),
  };
  const finish_reason = choices.findLast((choice) => choice.finish_reason)?.finish_reason ?? 'stop';
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason }],
  };
}

/** Stands in for a server with Chat Completions alone: everything else is 404, as Ollama says it. */
export async function startFakeChat(): Promise<FakeChat> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { url = '', headers } = request;
      if (!new URL(url, 'http://fake').pathname.endsWith('/chat/completions')) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
        return;
      }
      const body = JSON.parse(Buffer.concat(pieces).toString()) as ChatRequest['body'];
      const asked = { url, headers, body };
      const isTitle = String(body.messages[0]?.content).startsWith('Write a title');
      if (!isTitle) fake.requests.push(asked);
      const reply = isTitle ? says('A title') : fake.script(asked, fake.requests.length - 1);
      if ('status' in reply) {
        const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
        response.writeHead(reply.status, { 'content-type': 'application/json' }).end(text);
      } else if (body.stream === true) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const one of reply.chunks) response.write(`data: ${JSON.stringify(one)}\n\n`);
        response.end(reply.noDone === true ? '' : 'data: [DONE]\n\n');
      } else {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(wholeAnswer(reply.chunks)));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeChat = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests: [],
    script: () => says('Hello.'),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
  return fake;
}

/** A fake chat for the tests of a file: before each it has no requests, and answers “Hello.” */
export async function useFakeChat(): Promise<FakeChat> {
  const fake = await startFakeChat();
  const { script } = fake;
  beforeEach(() => {
    fake.requests.length = 0;
    fake.script = script;
  });
  afterAll(() => fake.close());
  return fake;
}
