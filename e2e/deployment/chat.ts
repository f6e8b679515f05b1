import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { buildApp, MemoryStore, readConfig, type Responder } from '@taskpilot-chat/server';
import { built } from '../support/world.js';

const words = ['Streamed ', 'word ', 'by ', 'word.'];

/** Says each word only when the one before it has come through. */
class PacedResponder implements Responder {
  #release: () => void = () => undefined;

  release(): void {
    this.#release();
  }

  async *respond(...[thread, , { newId, now }]: Parameters<Responder['respond']>) {
    const item = {
      type: 'assistant_message' as const,
      id: newId('message'),
      thread_id: thread.id,
      created_at: now(),
    };
    yield { type: 'thread.item.added' as const, item: { ...item, content: [] } };
    for (const delta of words) {
      const next = new Promise<void>((resolve) => (this.#release = resolve));
      yield {
        type: 'thread.item.updated' as const,
        item_id: item.id,
        update: {
          type: 'assistant_message.content_part.text_delta' as const,
          content_index: 0,
          delta,
        },
      };
      await next;
    }
    const content = [{ type: 'output_text' as const, text: words.join(''), annotations: [] }];
    yield { type: 'thread.item.done' as const, item: { ...item, content } };
  }
}

const json = { 'content-type': 'application/json' };
const hello = {
  type: 'threads.create',
  params: {
    input: {
      content: [{ type: 'input_text', text: 'Hello' }],
      attachments: [],
      inference_options: {},
    },
  },
};

/** The service with self-hosted chats, listening on `host` until the end of the test. */
export async function startService(host = '127.0.0.1') {
  const responder = new PacedResponder();
  /** Method and path of each request that has been answered. */
  const answered: string[] = [];
  const app = await buildApp(
    readConfig({
      CHATKIT_BACKENDS: 'self-hosted',
      SESSION_SECRET: 'a-secret-for-journeys-only-0123456789',
      OPENAI_API_KEY: 'sk-unused',
      LOG_LEVEL: 'error',
      TRUST_PROXY: 'loopback',
    }),
    { responder, store: new MemoryStore(), assets: built('server/dist/public') },
  );
  app.addHook('onResponse', ({ method, url }, _reply, done) => {
    answered.push(`${method} ${url}`);
    done();
  });
  await app.listen({ host, port: 0 });
  onTestFinished(() => app.close());
  const { port: listening } = app.server.address() as AddressInfo;

  /** What a page does whose session endpoint this is; each word has to arrive before the next one is said. */
  async function chat(endpoint: string): Promise<void> {
    const opened = await fetch(endpoint, { method: 'POST', headers: json, body: '{}' });
    expect(opened.status).toBe(200);
    const session = (await opened.json()) as { client_secret: string; api: { url: string } };
    const answer = await fetch(new URL(session.api.url, endpoint), {
      method: 'POST',
      headers: { ...json, authorization: `Bearer ${session.client_secret}` },
      body: JSON.stringify(hello),
      signal: AbortSignal.timeout(10_000),
    });
    expect(answer.status).toBe(200);
    let received = '';
    const arrived: string[] = [];
    for await (const chunk of answer.body ?? []) {
      received += Buffer.from(chunk).toString();
      const next = words[arrived.length];
      if (next === undefined || !received.includes(JSON.stringify(next))) continue;
      arrived.push(next);
      responder.release();
    }
    expect(arrived).toEqual(words);
    expect(received).toContain(words.join(''));
  }

  return { address: `${host}:${listening}`, port: listening, answered, chat };
}

/** Takes connections, and cuts each once a request has come. */
export async function startCutting() {
  let requests = 0;
  const server = createServer((socket) => {
    socket.once('data', () => {
      requests += 1;
      socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, requests: () => requests };
}
