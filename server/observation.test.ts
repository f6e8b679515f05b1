import { describe, expect, it, vi } from 'vitest';
import { MemoryStore, type Responder } from './chatkit/index.js';
import { eventually, useHarness, type TestService } from './test/harness.js';
import { ok } from './test/fake-openai.js';

const harness = useHarness();

const said = 'my card is 4111 1111';

const ask = (service: TestService, token: string, body: object) =>
  service.inject({
    method: 'POST',
    url: '/api/chatkit',
    headers: { authorization: `Bearer ${token}` },
    payload: body,
  });

const message = {
  type: 'threads.create',
  params: {
    input: {
      content: [{ type: 'input_text', text: said }],
      attachments: [],
      inference_options: {},
    },
  },
};

async function setUp(respond: Responder['respond'], env: Readonly<Record<string, string>> = {}) {
  const store = new MemoryStore();
  const feedback = vi.fn<NonNullable<Responder['feedback']>>(() => Promise.resolve());
  const responder: Responder = { respond, feedback };
  const service = await harness.service(
    {
      CHATKIT_BACKENDS: 'self-hosted',
      SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
      AUTH: 'header',
      AUTH_HEADER: 'x-user',
      TRUST_PROXY: 'loopback',
      ...env,
    },
    { responder, store },
  );
  const opened = await service.open({ 'x-user': 'ann@example.com' });
  const session = opened.json<{ client_secret: string; session_id: string }>();
  const valueOf = async (series: string) => {
    const { payload } = await service.inject('/metrics');
    const line = payload.split('\n').find((each) => each.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1));
  };
  return { service, session, store, feedback, valueOf };
}

const linesOf = (service: TestService) =>
  service.logs.map((line) => JSON.parse(line) as Record<string, unknown>);

const answerWith = (text: string): Responder['respond'] =>
  async function* (thread, _message, { newId, now }) {
    await Promise.resolve();
    const item = { id: newId('message'), thread_id: thread.id, created_at: now() };
    yield {
      type: 'thread.item.done',
      item: {
        ...item,
        type: 'assistant_message',
        content: [{ type: 'output_text', text, annotations: [] }],
      },
    };
  };

const failWith = (error: Error): Responder['respond'] =>
  async function* () {
    await Promise.reject(error);
    yield* [];
  };

describe('The log', () => {
  it('S8: of an answer that fails says why in full, for whom and in which session, and not what was said', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:443'), {
      code: 'ECONNREFUSED',
    });
    const error = new Error(`403: the token lacks scope orders.read for "${said}"`, { cause });
    const { service, session } = await setUp(failWith(error));
    await ask(service, session.client_secret, message);
    const line = linesOf(service).find(({ msg }) => msg === 'An answer failed.');
    expect(line).toMatchObject({
      reqId: expect.any(String) as unknown,
      user: expect.stringMatching(/^[\da-f]{16}$/) as unknown,
      sessionId: session.session_id,
      err: {
        message: '403: the token lacks scope orders.read for "[said]"',
        cause: { message: 'connect ECONNREFUSED 10.0.0.7:443', code: 'ECONNREFUSED' },
      },
    });
    const users = linesOf(service).flatMap(({ user }) => (user === undefined ? [] : [user]));
    expect(new Set(users)).toEqual(new Set([line?.['user']]));
    expect(service.logs.join()).not.toContain(said);
    expect(service.logs.join()).not.toContain('ann@example.com');
  });

  it('S8: of a hosted session has the request id that OpenAI’s support asks for', async () => {
    const upstream = await harness.openAI();
    upstream.behave((response, call, index) => {
      response.setHeader('x-request-id', 'req_of_openai');
      ok()(response, call, index);
    });
    const service = await harness.service({}, { upstream });
    const opened = await service.open();
    expect(opened.json()).not.toHaveProperty('upstreamRequestId');
    const { session_id: sessionId } = opened.json<{ session_id: string }>();
    await eventually(() =>
      expect(linesOf(service)).toContainEqual(
        expect.objectContaining({ sessionId, upstreamRequestId: 'req_of_openai' }),
      ),
    );
  });
});

describe('Metrics', () => {
  it('S8: count answers by outcome, and the time to their first word', async () => {
    const good = await setUp(answerWith('Hello'));
    await ask(good.service, good.session.client_secret, message);
    expect(await good.valueOf('taskpilot_answers_total{outcome="complete"}')).toBe(1);
    expect(await good.valueOf('taskpilot_time_to_first_word_seconds_count')).toBe(1);
    expect(await good.valueOf('taskpilot_answers_running')).toBe(0);

    const bad = await setUp(failWith(new Error('no')));
    await ask(bad.service, bad.session.client_secret, message);
    expect(await bad.valueOf('taskpilot_answers_total{outcome="failed"}')).toBe(1);
    expect(await bad.valueOf('taskpilot_time_to_first_word_seconds_count')).toBe(0);
  });

  it('S8: count refusals by limit, and requests by route and status', async () => {
    const env = { MESSAGE_LIMIT_PER_MINUTE: '1', RATE_LIMIT_PER_MINUTE: '1' };
    const { service, session, valueOf } = await setUp(answerWith('Hello'), env);
    const statuses: number[] = [];
    for (let n = 0; n < 2; n++) {
      statuses.push((await ask(service, session.client_secret, message)).statusCode);
    }
    expect(statuses).toEqual([200, 429]);
    expect((await service.open({ 'x-user': 'ann@example.com' })).statusCode).toBe(429);
    expect(await valueOf('taskpilot_refusals_total{limit="answers_per_minute"}')).toBe(1);
    expect(await valueOf('taskpilot_refusals_total{limit="sessions_per_minute"}')).toBe(1);
    const route = 'method="POST",route="/api/chatkit",status="429"';
    expect(await valueOf(`taskpilot_http_request_duration_seconds_count{${route}}`)).toBe(1);
  });
});

describe('Thumbs', () => {
  it('S18: are stored, counted, and given to the responder', async () => {
    const { service, session, store, feedback, valueOf } = await setUp(answerWith('Hello'));
    const { payload } = await ask(service, session.client_secret, message);
    const [, threadId = ''] = /"thread":{"id":"([^"]+)"/.exec(payload) ?? [];
    const context = { user: 'ann@example.com' };
    const { data } = await store.loadItems(threadId, { limit: 10, order: 'asc' }, context);
    const itemId = data.find(({ type }) => type === 'assistant_message')?.id ?? '';
    const thumb = (kind: string, ids: readonly string[]) =>
      ask(service, session.client_secret, {
        type: 'items.feedback',
        params: { thread_id: threadId, item_ids: ids, kind },
      });

    expect((await thumb('negative', [itemId])).json()).toEqual({});
    expect((await thumb('positive', [itemId])).statusCode).toBe(200);
    expect((await thumb('positive', ['missing'])).statusCode).toBe(404);
    expect(await store.loadFeedback(threadId, context)).toEqual([
      { item_id: itemId, kind: 'positive', created_at: expect.any(String) as string },
    ]);
    expect(feedback.mock.calls.map(([thread, ids, kind]) => [thread, ids, kind])).toEqual([
      [threadId, [itemId], 'negative'],
      [threadId, [itemId], 'positive'],
    ]);
    for (const kind of ['negative', 'positive']) {
      expect(await valueOf(`taskpilot_feedback_total{kind="${kind}"}`)).toBe(1);
    }
  });
});
