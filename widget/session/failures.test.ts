import { expect } from '../test/testing.js';
import type { TaskPilotChatError, TaskPilotChatErrorCode } from '../errors.js';
import { defer, json, problem, stubFetch } from '../test/fetch.js';
import { SessionClient, type SessionClientOptions } from './index.js';

const { fetch } = globalThis;
afterEach(() => Object.assign(globalThis, { fetch }));

function setUp(options: Partial<SessionClientOptions> = {}) {
  const endpoint = stubFetch();
  globalThis.fetch = endpoint.fetch;
  const client = new SessionClient({ endpoint: '/sessions', ...options });
  const failure = (): Promise<TaskPilotChatError> =>
    client.getSession().then(
      () => {
        throw new Error('did not fail');
      },
      (error: unknown) => error as TaskPilotChatError,
    );
  return { endpoint, client, failure };
}

/** Pauses between tries take no time. */
function skipPauses(): void {
  const setTimeout = window.setTimeout.bind(window);
  beforeEach(() => {
    const skip = (action: TimerHandler, ms?: number) =>
      setTimeout(action, ms && ms < 2000 ? 0 : ms);
    Object.assign(window, { setTimeout: skip });
  });
  afterEach(() => Object.assign(window, { setTimeout }));
}

describe('A failing session endpoint', () => {
  skipPauses();

  const answers: [
    status: number,
    body: object,
    code: TaskPilotChatErrorCode,
    retryable: boolean,
  ][] = [
    [401, { code: 'unauthenticated' }, 'session_unauthenticated', false],
    [403, { code: 'origin_not_allowed' }, 'session_forbidden', false],
    [429, { code: 'rate_limited' }, 'session_rate_limited', true],
    [502, { code: 'upstream_rejected', retryable: false }, 'session_unavailable', false],
    [502, { code: 'workflow_unavailable', retryable: false }, 'session_unavailable', false],
    [503, { code: 'not_configured', retryable: false }, 'session_unavailable', false],
    [503, { code: 'upstream_unavailable', retryable: true }, 'session_unavailable', true],
    [504, { code: 'upstream_timeout', retryable: true }, 'session_unavailable', true],
  ];
  for (const [status, body, code, retryable] of answers) {
    it(`SC-008: ${status} ${JSON.stringify(body)} becomes ${code}`, async () => {
      const { endpoint, failure } = setUp();
      for (let tries = 0; tries < 3; tries++) endpoint.next.push(problem(status, body));
      const error = await failure();
      expect(error).to.include({ code, retryable, status, requestId: 'req_7' });
      expect(error.message).to.contain(String(status)).and.to.contain('req_7');
      expect(endpoint.requests).to.have.length(retryable ? 3 : 1);
    });
  }

  it('Edge: key invalid or expired: no second try, and nothing of the upstream’s text', async () => {
    const { endpoint, failure } = setUp();
    endpoint.next.push(
      problem(502, {
        code: 'upstream_rejected',
        retryable: false,
        detail: 'Incorrect API key provided: sk-123',
        request_id: 'sk-123 is wrong\nreally',
      }),
    );
    const error = await failure();
    expect(error.code).to.equal('session_unavailable');
    expect(error.message).not.to.contain('sk-123');
    expect(endpoint.requests).to.have.length(1);
  });

  it('Edge: endpoint away: it is tried again, and then the page is told', async () => {
    const { endpoint, failure } = setUp();
    const away = new TypeError('Failed to fetch');
    endpoint.next.push(away, away, away);
    expect(await failure()).to.include({
      code: 'session_unavailable',
      retryable: true,
      cause: away,
    });
    expect(endpoint.requests).to.have.length(3);
  });

  it('gets over passing faults by itself', async () => {
    const { endpoint, client } = setUp();
    endpoint.next.push(new TypeError('Failed to fetch'), problem(503, { retryable: true }));
    expect((await client.getSession()).client_secret).to.equal('ek_3');
  });

  it('does not try again when the browser is offline', async () => {
    const { endpoint, failure } = setUp();
    endpoint.next.push(new TypeError('Failed to fetch'));
    Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
    try {
      expect((await failure()).code).to.equal('offline');
    } finally {
      Reflect.deleteProperty(navigator, 'onLine');
    }
    expect(endpoint.requests).to.have.length(1);
  });

  it('does not wait longer than it may for what the endpoint asks', async () => {
    const { endpoint, failure } = setUp();
    endpoint.next.push(problem(429, { retryable: true }, { 'retry-after': '60' }));
    expect(await failure()).to.include({ code: 'session_rate_limited', retryAfterSeconds: 60 });
    expect(endpoint.requests).to.have.length(1);
  });

  it('W11: tells the seconds of a retry-after that is a date', async () => {
    const { endpoint, failure } = setUp();
    const date = new Date(Date.now() + 57_000).toUTCString();
    endpoint.next.push(problem(429, { retryable: true }, { 'retry-after': date }));
    expect((await failure()).retryAfterSeconds).to.be.within(55, 57);
  });

  it('W6: the message is what the problem document says', async () => {
    const { endpoint, failure } = setUp();
    const detail = 'OpenAI refused the key sk-1234 of this server.\nCheck OPENAI_API_KEY.';
    endpoint.next.push(problem(502, { code: 'upstream_rejected', retryable: false, detail }));
    expect((await failure()).message).to.equal(
      'session endpoint: OpenAI refused the key … of this server. Check OPENAI_API_KEY. (502 upstream_rejected), request req_7',
    );
  });

  it('is given up after the time-out, and its request stopped', async () => {
    const { endpoint, failure } = setUp({ timeoutMs: 20 });
    endpoint.next.push(defer<Response>().promise);
    expect((await failure()).code).to.equal('session_timeout');
    expect(endpoint.requests[0]?.init.signal?.aborted).to.equal(true);
  });
});

describe('An answer that is no session', () => {
  const good = { client_secret: 'ek_1', session_id: 'cksess_1', expires_at: 2_000_000_000 };
  const bad: Record<string, () => Response> = {
    'a page': () => new Response('<!doctype html><title>Log in</title>'),
    nothing: () => new Response(''),
    null: () => json(null),
    'without a secret': () => json({ ...good, client_secret: undefined }),
    'with an empty secret': () => json({ ...good, client_secret: '' }),
    'without an id': () => json({ ...good, session_id: undefined }),
    'with a date for expiry': () => json({ ...good, expires_at: '2026-11-02' }),
    'with half an api': () => json({ ...good, api: { url: 'https://chat.example/api' } }),
  };
  for (const [title, answer] of Object.entries(bad)) {
    it(`is told: ${title}`, async () => {
      const { endpoint, failure } = setUp();
      endpoint.next.push(answer());
      expect(await failure()).to.include({ code: 'session_invalid_response', retryable: false });
      expect(endpoint.requests).to.have.length(1);
    });
  }

  it('leaves no piece of a secret in the error', async () => {
    const { endpoint, failure } = setUp();
    endpoint.next.push(new Response('"ek_very_secret'));
    const error = await failure();
    expect(`${error.message} ${String(error.cause)} ${String(error.stack)}`).not.to.contain('ek_');
  });

  it('may have null for what it does not have, and more than anybody asked for', async () => {
    const { endpoint, client } = setUp();
    endpoint.next.push(json({ ...good, api: null, user: 'u' }));
    expect(await client.getSession()).to.deep.equal(good);
  });
});

describe('The token of the user', () => {
  skipPauses();

  it('is asked for again when it has run out on its way', async () => {
    let tokens = 0;
    const { endpoint, client } = setUp({ getAuthToken: () => Promise.resolve(`jwt-${++tokens}`) });
    endpoint.next.push(problem(401));
    await client.getSession();
    const sent = endpoint.requests.map(({ headers }) => headers.get('authorization'));
    expect(sent).to.deep.equal(['Bearer jwt-1', 'Bearer jwt-2']);
  });

  it('is not asked for a third time', async () => {
    const { endpoint, failure } = setUp({ getAuthToken: () => 'jwt' });
    endpoint.next.push(problem(401), problem(401), problem(401));
    expect((await failure()).code).to.equal('session_unauthenticated');
    expect(endpoint.requests).to.have.length(2);
  });

  it('that cannot be had is a failure to which a later try may be the answer', async () => {
    const cause = new Error('identity provider away');
    const { endpoint, failure } = setUp({ getAuthToken: () => Promise.reject(cause) });
    const error = await failure();
    expect(error).to.include({ code: 'session_unauthenticated', retryable: true, cause });
    expect(endpoint.requests).to.have.length(0);
  });
});
