import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arbitraryOf, json, mutated, text } from './test/arbitrary.js';
import { create, done, saying } from './test/harness.js';
import { Service } from './test/http.js';
import { requestSchemas, ThreadItem, ThreadMetadata } from './protocol/index.js';
import type { RequestType, ThreadStreamEvent } from './protocol/index.js';

const alice = { user: 'alice' };
const page = { limit: 100_000, order: 'asc' } as const;
const types = Object.keys(requestSchemas) as RequestType[];
const settings = { numRuns: 400, seed: 20_261_130 };
const [isItem, isThread] = [Compile(ThreadItem), Compile(ThreadMetadata)];
/** What a client may be told; 500 is never its fault, and never happens. */
const allowed = [200, 400, 404, 413, 415];

describe('Whatever is sent', () => {
  let service: Service;
  beforeAll(async () => {
    service = new Service({ bodyLimit: 64 * 1024 });
    service.responder.answer = async function* (thread, message, context) {
      const { id, thread_id, created_at } = saying(thread, context, '');
      const item = { id, thread_id, created_at };
      const events: ThreadStreamEvent[] = [
        done(saying(thread, context, JSON.stringify(message))),
        done({
          ...{ type: 'structured_input', ...item, id: `${id}q`, status: 'pending' },
          inputs: [{ type: 'freeform', id: 'why', question: 'Why?' }],
        }),
        done({ type: 'widget', ...item, id: `${id}w`, widget: { type: 'Card', children: [] } }),
        done({
          ...{ type: 'client_tool_call', ...item, status: 'pending' },
          ...{ call_id: 'c', name: 'where', arguments: {} },
        }),
      ];
      yield* await Promise.resolve(events);
    };
    Object.assign(service.responder, {
      action: service.responder.answer,
      syncAction: () => Promise.resolve({}),
    });
    await service.app.ready();
  });
  beforeEach(async () => {
    for (const words of ['One', 'Two', 'Three']) await send(JSON.stringify(create(words)));
  });
  afterAll(() => service.app.close());

  const send = (payload: string) =>
    service.app.inject({
      ...{ method: 'POST', url: '/api/chatkit', payload },
      headers: { 'content-type': 'application/json' },
    });

  async function storedThreads() {
    return (await service.store.loadThreads(page, alice)).data;
  }

  async function storedItems() {
    const threads = await storedThreads();
    const pages = await Promise.all(
      threads.map(({ id }) => service.store.loadItems(id, page, alice)),
    );
    return pages.flatMap(({ data }) => data);
  }

  /** Sends it, and looks at the answer. */
  async function check(payload: string): Promise<number> {
    const before = (await storedThreads()).length;
    const response = await send(payload);
    expect(allowed).toContain(response.statusCode);
    if (response.statusCode !== 200) {
      expect(response.json()).toMatchObject({ message: expect.stringMatching(/./) as string });
      // A refused request leaves nothing behind.
      expect(await storedThreads()).toHaveLength(before);
    } else if (String(response.headers['content-type']).startsWith('text/event-stream')) {
      expect(response.body).toMatch(/^(data: [^\n]+\n\n)+$/);
    } else response.json();
    return response.statusCode;
  }

  async function checkStored(): Promise<void> {
    for (const item of await storedItems()) {
      expect([item, isItem.Check(item)]).toEqual([item, true]);
      expect(JSON.stringify(item)).not.toMatch(/\\u0000|\\ud[89a-f]/);
    }
    for (const thread of await storedThreads()) expect(isThread.Check(thread)).toBe(true);
  }

  /** Requests of a type that are mostly about something that exists. */
  async function requestsOf(type: RequestType): Promise<fc.Arbitrary<unknown>> {
    const items = await storedItems();
    const ids = fc.constantFrom(...items.flatMap(({ id, thread_id }) => [id, thread_id]));
    const requests = arbitraryOf(requestSchemas[type], ids) as fc.Arbitrary<{ params: object }>;
    const target = fc.option(fc.constantFrom(...items), { freq: 4 });
    return fc.tuple(requests, target).map(([request, item]) => {
      if (item === null) return request;
      const { params } = request;
      const about = { thread_id: item.thread_id, item_id: item.id, item_ids: [item.id] };
      const named = Object.entries(about).filter(([key]) => key in params);
      return { ...request, params: { ...params, ...Object.fromEntries(named) } };
    });
  }

  it.each(types)(
    '%s is answered, and stores nothing that is not of the protocol',
    { timeout: 30_000 },
    async (type) => {
      const requests = await requestsOf(type);
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(requests, async (request) => {
          statuses.add(await check(JSON.stringify(request)));
        }),
        { ...settings, numRuns: 100 },
      );
      await checkStored();
      // Not all are refused: else this test would look at nothing.
      if (!/^attachments|^input/.test(type)) expect(statuses).toContain(200);
    },
  );

  it('and is nearly a request is answered', { timeout: 30_000 }, async () => {
    const requests = fc.oneof(...(await Promise.all(types.map(requestsOf))));
    await fc.assert(
      fc.asyncProperty(requests.chain(mutated), async (request) => {
        await check(JSON.stringify(request));
      }),
      settings,
    );
    await checkStored();
  });

  it('and is JSON, or was, is answered', { timeout: 30_000 }, async () => {
    const broken = fc
      .tuple(
        json.map((value) => JSON.stringify(value)),
        fc.nat(),
        text(),
      )
      .map(([valid, place, noise]) => {
        const at = place % (valid.length + 1);
        return valid.slice(0, at) + noise + valid.slice(at + 1);
      });
    const deep = fc.nat(20_000).map((depth) => '{"a":['.repeat(depth / 4) + '1');
    const bodies = fc.oneof(...[json.map((value) => JSON.stringify(value)), broken, text(), deep]);
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        expect(await check(body)).not.toBe(200);
      }),
      settings,
    );
  });
});
