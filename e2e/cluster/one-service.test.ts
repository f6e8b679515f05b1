import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ThreadStreamEvent } from '@taskpilot-chat/server/chatkit';
import { eventually, startCluster, type Cluster, type Instance } from './cluster.js';
import { isComplete, itemsOf, say, textOf, threadOf, Visitor, type Outcome } from './visitor.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

const events = (outcome: Outcome): readonly ThreadStreamEvent[] =>
  outcome.type === 'answered' ? outcome.events : expect.fail(JSON.stringify(outcome));

const requestsTo = (instance: Instance, route: string) =>
  instance.metric('taskpilot_http_request_duration_seconds_count', `route="${route}"`);

/** How often a model was asked for an answer with this in its input. */
const modelCalls = (text: string) =>
  cluster.sandbox.requests.filter(
    ({ path, body }) =>
      path.endsWith('/responses') &&
      (body as { stream?: boolean }).stream === true &&
      JSON.stringify(body).includes(text),
  ).length;

/** Begins an answer that does not end before the model is let go on. */
async function begin(visitor: Visitor, { url: at }: { readonly url: string }, key?: string) {
  const session = await visitor.session({ at });
  const seen: ThreadStreamEvent[] = [];
  const text = `Explain ${randomUUID()}`;
  const answer = visitor.ask(session, say(text), {
    at,
    ...(key !== undefined && { key }),
    onEvent: (event) => seen.push(event),
  });
  await eventually(() => expect(seen.map(({ type }) => type)).toContain('thread.item.updated'));
  await cluster.upstream.turn('silent');
  return { session, text, answer, seen };
}

describe('Two instances behind nginx', () => {
  it('take the sessions, threads and messages of each other', async () => {
    const visitor = new Visitor();
    const at = cluster.url;
    const before = await Promise.all(
      cluster.instances.map((instance) => requestsTo(instance, '/api/chatkit')),
    );
    const session = await visitor.session({ at });
    const first = events(await visitor.ask(session, say('hello 1'), { at }));
    const threadId = threadOf(first);
    for (const text of ['hello 2', 'hello 3', 'hello 4']) {
      const outcome = await visitor.ask(session, say(text, threadId), { at, key: randomUUID() });
      expect(isComplete(outcome)).toBe(true);
    }
    const items = await visitor.items(session, threadId, { at });
    expect(items.filter(({ type }) => type === 'user_message').map(textOf)).toEqual([
      'hello 1',
      'hello 2',
      'hello 3',
      'hello 4',
    ]);
    for (const [index, instance] of cluster.instances.entries()) {
      expect(await requestsTo(instance, '/api/chatkit')).toBeGreaterThan(before[index] ?? 0);
    }
  });

  it('stream an answer word by word', async () => {
    const visitor = new Visitor();
    const { answer, seen } = await begin(visitor, cluster);
    expect(seen.some(({ type }) => type === 'thread.item.done')).toBe(true);
    await cluster.upstream.turn('open');
    expect(isComplete(await answer)).toBe(true);
  });

  it('S4: give a user 30 sessions a minute, not 30 each', async () => {
    const visitor = new Visitor('192.0.2.2');
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, () => visitor.open({ at: cluster.url })),
    );
    const refused = outcomes.filter(({ type }) => type === 'refused');
    expect(outcomes.filter(({ type }) => type === 'served')).toHaveLength(30);
    expect(refused).toEqual(
      Array.from({ length: 30 }, () => ({ type: 'refused', status: 429, code: 'rate_limited' })),
    );
  });

  it('S4: give a user 20 answers a minute, not 20 each', async () => {
    const visitor = new Visitor('192.0.2.3');
    const at = cluster.url;
    const session = await visitor.session({ at });
    const outcomes: Outcome[] = [];
    // One after the other, because an instance has a limit of answers at once, too.
    for (let index = 0; index < 40; index++) {
      outcomes.push(await visitor.ask(session, say('hello'), { at, key: randomUUID() }));
    }
    expect(outcomes.filter(isComplete)).toHaveLength(20);
    expect(outcomes.slice(20)).toEqual(
      Array.from({ length: 20 }, () => ({ type: 'refused', status: 429, code: 'rate_limited' })),
    );
  });

  it.each([
    ['with', randomUUID()],
    ['without', undefined],
  ])(
    'S4: end a session on either, with its stream, and take its token nowhere (%s a key)',
    async (_title, key) => {
      const visitor = new Visitor();
      const [one, other] = cluster.instances;
      const { session, answer } = await begin(visitor, one, key);
      const ended = await visitor.end(session, { at: other.url });
      expect(ended).toMatchObject({ type: 'served', body: null });
      // The model still says nothing: it is the session's end that ends the stream.
      const stopped = events(await answer);
      await cluster.upstream.turn('open');
      expect(stopped.some(({ type }) => type === 'error')).toBe(false);
      for (const { url: at } of cluster.instances) {
        const refused = await visitor.ask(session, { type: 'threads.list', params: {} }, { at });
        expect(refused).toEqual({ type: 'refused', status: 401, code: 'unauthenticated' });
        const gone = await visitor.end(session, { at });
        expect(gone).toEqual({ type: 'refused', status: 404, code: 'not_found' });
      }
      const somebodyElse = await new Visitor().end(await visitor.session({ at: one.url }), {
        at: other.url,
      });
      expect(somebodyElse).toEqual({ type: 'refused', status: 404, code: 'not_found' });
    },
  );

  it('join a repetition to the answer that the other instance is making', async () => {
    const visitor = new Visitor();
    const [one, other] = cluster.instances;
    const key = randomUUID();
    const { session, text, answer } = await begin(visitor, one, key);
    let heard = false;
    const repetition = visitor.ask(session, say(text), {
      at: other.url,
      key,
      onEvent: () => (heard = true),
    });
    await eventually(() => expect(heard).toBe(true));
    await cluster.upstream.turn('open');
    const [first, second] = [events(await answer), events(await repetition)];
    expect(itemsOf(second)).toEqual(itemsOf(first));
    expect(modelCalls(text)).toBe(1);
    const items = await visitor.items(session, threadOf(first), { at: other.url });
    expect(items).toEqual(itemsOf(first));
  });

  it.each([
    ['with', randomUUID()],
    ['without', undefined],
  ])(
    'show a page that loads the thread what the other instance is saying, and when it has ended (%s a key)',
    async (_title, key) => {
      const visitor = new Visitor();
      const [one, other] = cluster.instances;
      const { session, answer, seen } = await begin(visitor, one, key);
      const load = () => visitor.load(session, threadOf(seen), { at: other.url });
      // The model is silent: what is shown is what it has said before.
      await eventually(async () => {
        const { isAnswering, items } = await load();
        expect(isAnswering).toBe(true);
        expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
      });
      const [, part] = (await load()).items;
      await cluster.upstream.turn('open');
      const [, whole] = itemsOf(events(await answer));
      const ended = await load();
      expect(ended.isAnswering).toBe(false);
      expect(ended.items.at(-1)).toEqual(whole);
      expect(part?.id).toBe(whole?.id);
      expect(whole && textOf(whole)).toContain(part && textOf(part));
    },
  );

  it('replay an answer that the other instance has made, and refuse its key to another message', async () => {
    const visitor = new Visitor();
    const [one, other] = cluster.instances;
    const key = randomUUID();
    const text = `hello ${key}`;
    const session = await visitor.session({ at: one.url });
    const first = events(await visitor.ask(session, say(text), { at: one.url, key }));
    const second = events(await visitor.ask(session, say(text), { at: other.url, key }));
    expect(itemsOf(second)).toEqual(itemsOf(first));
    expect(modelCalls(text)).toBe(1);
    const reused = await visitor.ask(session, say('another'), { at: other.url, key });
    expect(reused).toEqual({ type: 'refused', status: 422, code: 'idempotency_key_reused' });
  });
});
