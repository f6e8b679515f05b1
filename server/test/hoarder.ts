import { MemoryStore, type Responder } from '../chatkit/index.js';
import { buildApp } from '../app.js';
import { readConfig } from '../config.js';

// A child process of memory.test.ts: one visitor stores 500 messages of the largest size and reads them all at once.
// Prints what that cost the process, in MB.

const [kind = 'memory', dataDir = ''] = process.argv.slice(2);

const responder: Responder = {
  async *respond(thread, _message, { newId, now }) {
    yield await Promise.resolve({
      type: 'thread.item.done',
      item: {
        type: 'assistant_message',
        id: newId('message'),
        thread_id: thread.id,
        created_at: now(),
        content: [{ type: 'output_text', text: 'Noted.', annotations: [] }],
      },
    } as const);
  },
};

const config = readConfig({
  CHATKIT_BACKENDS: 'self-hosted',
  MESSAGE_LIMIT_PER_MINUTE: '100000',
  LOG_LEVEL: 'silent',
  ...(dataDir !== '' && { DATA_DIR: dataDir }),
});
const app = await buildApp(config, {
  assets: '/nonexistent',
  responder,
  ...(kind === 'memory' && { store: new MemoryStore() }),
});
const origin = await app.listen({ port: 0, host: '127.0.0.1' });

async function post(path: string, body: object, token = ''): Promise<string> {
  const answer = await fetch(origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.text();
}

const session = JSON.parse(await post('/api/chatkit/sessions', {})) as { client_secret: string };
const ask = (type: string, params: object) =>
  post('/api/chatkit', { type, params }, session.client_secret);

const say = (text: string) => ({
  input: { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} },
});

const created = await ask('threads.create', say('Hello'));
const threadId = /"id":"(thr_\w+)"/.exec(created)?.[1] ?? '';

function usedMB(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

const before = usedMB();
for (let index = 0; index < 500; index++) {
  // Beyond Latin-1, so that a character takes two bytes in memory.
  const text = String(index).padEnd(32_000, 'ж');
  await ask('threads.add_user_message', { thread_id: threadId, ...say(text) });
}
const lists = Array.from({ length: 6 }, () =>
  ask('items.list', { thread_id: threadId, limit: 1000 }),
);
const pages = await Promise.all(lists);
const bytes = Math.max(...pages.map((page) => Buffer.byteLength(page)));
const cost = usedMB() - before;
await app.close();
process.stdout.write(
  `${JSON.stringify({ cost, bytes, hasMore: pages[0]?.includes('"has_more":true') })}\n`,
);
