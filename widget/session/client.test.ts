import { expect } from '../test/testing.js';
import type { TaskPilotChatError } from '../errors.js';
import { defer, json, problem, session, stubFetch } from '../test/fetch.js';
import { until } from '../test/until.js';
import { SessionClient, type SessionClientOptions, type SessionInfo } from './index.js';

const { fetch } = globalThis;
const { now } = Date;
afterEach(() => {
  Object.assign(globalThis, { fetch });
  Object.assign(Date, { now });
});

/** A client of a new page, at a time that the test moves. */
function setUp(options: Partial<SessionClientOptions> = {}) {
  const clock = { ms: Date.parse('2026-11-02T10:00:00Z') };
  Date.now = () => clock.ms;
  const endpoint = stubFetch();
  globalThis.fetch = endpoint.fetch;
  const told: SessionInfo[] = [];
  const newPage = () =>
    new SessionClient({
      endpoint: '/sessions',
      onSession: (info) => told.push(info),
      ...options,
    });
  return { clock, endpoint, told, newPage, client: newPage() };
}

const failureOf = (promise: Promise<unknown>): Promise<TaskPilotChatError> =>
  promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) => error as TaskPilotChatError,
  );

describe('SessionClient', () => {
  beforeEach(() => sessionStorage.clear());

  it('asks the endpoint as the contract says', async () => {
    const { client, endpoint } = setUp({ credentials: 'include', getAuthToken: () => 'jwt' });
    const { client_secret, session_id } = await client.getSession();
    expect([client_secret, session_id]).to.deep.equal(['ek_1', 'cksess_1']);
    const [request] = endpoint.requests;
    expect(request?.url).to.equal('/sessions');
    expect(request?.init).to.include({ method: 'POST', body: '{}', credentials: 'include' });
    expect(request?.headers.get('content-type')).to.equal('application/json');
    expect(request?.headers.get('authorization')).to.equal('Bearer jwt');
  });

  it('sends no authorization without a token', async () => {
    const { client, endpoint } = setUp({ getAuthToken: () => undefined });
    await client.getSession();
    expect(endpoint.requests[0]?.headers.has('authorization')).to.equal(false);
  });

  it('FR-004: reuses an existing session until shortly before it expires', async () => {
    const { client, clock, endpoint } = setUp();
    await client.getSession();
    clock.ms += 539_000;
    expect((await client.getSession()).client_secret).to.equal('ek_1');
    clock.ms += 2_000;
    expect((await client.getSession()).client_secret).to.equal('ek_2');
    expect(endpoint.requests).to.have.length(2);
  });

  it('FR-004: reuses the session of the page before, and says so', async () => {
    const { client, newPage, endpoint, told } = setUp({ storage: sessionStorage });
    await client.getSession();
    expect((await newPage().getSession()).client_secret).to.equal('ek_1');
    expect(endpoint.requests).to.have.length(1);
    expect(told.map(({ session_id, reused }) => [session_id, reused])).to.deep.equal([
      ['cksess_1', false],
      ['cksess_1', true],
    ]);
  });

  it('keeps the secret in memory only unless it is given a storage', async () => {
    const { client, newPage } = setUp();
    await client.getSession();
    expect(sessionStorage).to.have.length(0);
    expect((await newPage().getSession()).client_secret).to.equal('ek_2');
  });

  it('Edge: many rapid requests make one session', async () => {
    const { client, endpoint, told } = setUp();
    const sessions = await Promise.all(Array.from({ length: 50 }, () => client.getSession()));
    expect(new Set(sessions.map((answer) => answer.client_secret))).to.have.property('size', 1);
    expect(endpoint.requests).to.have.length(1);
    expect(told).to.have.length(1);
  });

  it('Edge: secret expires in mid-chat: ChatKit gets a fresh one for the old one', async () => {
    const { client, endpoint } = setUp({ storage: sessionStorage });
    const first = await client.getClientSecret(null);
    expect(await client.getClientSecret(null)).to.equal(first);
    expect(await client.getClientSecret(first)).to.equal('ek_2');
    // Later pages take the new one.
    expect((await client.getSession()).client_secret).to.equal('ek_2');
    expect(endpoint.requests).to.have.length(2);
  });

  it('never gives ChatKit the secret that it had, which would make it ask for ever', async () => {
    const { client, endpoint } = setUp();
    endpoint.next.push(session(7, 2_000_000_000), session(7, 2_000_000_000));
    const secret = await client.getClientSecret(null);
    const error = await failureOf(client.getClientSecret(secret));
    expect(error.code).to.equal('session_invalid_response');
    expect(error.message).not.to.contain(secret);
  });

  it('forgets a secret that ChatKit could not use, also when there is no other', async () => {
    const { client, endpoint } = setUp({ storage: sessionStorage });
    const first = await client.getClientSecret(null);
    endpoint.next.push(problem(401));
    await failureOf(client.getClientSecret(first));
    expect(sessionStorage).to.have.length(0);
    expect(await client.getClientSecret(null)).not.to.equal(first);
  });

  it('stops the request when nobody waits for it any more', async () => {
    const { client, endpoint } = setUp();
    const caller = new AbortController();
    endpoint.next.push(defer<Response>().promise);
    const waiting = failureOf(client.getSession({ signal: caller.signal }));
    await until(
      () => endpoint.requests.length === 1,
      () => 'no request',
    );
    caller.abort(new Error('left the page'));
    expect((await waiting).message).to.equal('left the page');
    expect(endpoint.requests[0]?.init.signal?.aborted).to.equal(true);
    expect(sessionStorage).to.have.length(0);
  });

  it('gives no answer to a page that has gone already', async () => {
    const { client, endpoint } = setUp();
    await failureOf(client.getSession({ signal: AbortSignal.abort() }));
    expect(endpoint.requests).to.have.length(0);
  });
});

describe('SessionClient.reset', () => {
  beforeEach(() => sessionStorage.clear());

  it('forgets the session, in the storage too', async () => {
    const { client, newPage } = setUp({ storage: sessionStorage });
    await client.getSession();
    void client.reset();
    expect(sessionStorage).to.have.length(0);
    expect((await client.getSession()).client_secret).to.equal('ek_2');
    void newPage().reset();
    expect(sessionStorage).to.have.length(0);
  });

  it('keeps nothing of what was under way: the next user never gets the former one’s', async () => {
    let user = 'ada';
    const { client, endpoint } = setUp({ storage: sessionStorage, getAuthToken: () => user });
    const late = defer<Response>();
    endpoint.next.push(late.promise);
    const old = failureOf(client.getSession());
    await until(
      () => endpoint.requests.length === 1,
      () => 'no request',
    );
    void client.reset();
    user = 'ben';
    const session2 = await client.getSession();
    late.resolve(session(99, 2_000_000_000));
    expect((await old).code).to.equal('session_unavailable');
    expect(session2.client_secret).to.equal('ek_2');
    expect((await client.getSession()).client_secret).to.equal('ek_2');
    expect(endpoint.requests[1]?.headers.get('authorization')).to.equal('Bearer ben');
  });
});

describe('The token that names an anonymous visitor', () => {
  beforeEach(() => sessionStorage.clear());

  it('W3: goes with the next request, also of a later page, until the log-out', async () => {
    const { client, endpoint, newPage } = setUp({ visitorStorage: sessionStorage });
    const life = { expires_at: 2_000_000_000, session_id: 's', visitor: 'v.signed' };
    endpoint.next.push(json({ client_secret: 'ek_v', ...life }));
    await client.getSession();
    await newPage().getSession();
    await client.reset();
    await newPage().getSession();
    const bodies = endpoint.requests.map(({ init }) => init.body);
    expect(bodies).to.deep.equal(['{}', '{"visitor":"v.signed"}', '{}']);
    // The service ends the session of a visitor whose cookie it does not get.
    expect(endpoint.deletes.map(({ init }) => init.body)).to.deep.equal(['{"visitor":"v.signed"}']);
  });
});

describe('A session that was kept', () => {
  beforeEach(() => sessionStorage.clear());

  const key = 'taskpilot-chat:session:/sessions';

  for (const [title, stored] of [
    ['is no JSON', '{"answer'],
    ['is something else', '"ek_1"'],
    ['has no answer', '{"until": 1793613660000}'],
    ['has a broken answer', '{"answer": {"client_secret": 1}, "until": 1793613660000}'],
    [
      'claims to live for ever',
      '{"answer": {"client_secret": "ek_x", "session_id": "s", "expires_at": 9e9}, "until": 9e15}',
    ],
  ] as const) {
    it(`is not used when it ${title}`, async () => {
      sessionStorage.setItem(key, stored);
      const { client } = setUp({ storage: sessionStorage });
      expect((await client.getSession()).client_secret).to.equal('ek_1');
    });
  }

  it('is forgotten when it has expired', async () => {
    const { client, clock, newPage, endpoint } = setUp({ storage: sessionStorage });
    await client.getSession();
    clock.ms += 600_000;
    endpoint.next.push(new TypeError('Failed to fetch'), problem(400, { retryable: false }));
    await failureOf(newPage().getSession());
    expect(sessionStorage).to.have.length(0);
  });

  it('does no harm where the storage throws', async () => {
    const forbidden = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    const storage = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
    const { client } = setUp({ storage: storage as unknown as Storage });
    await client.getSession();
    expect((await client.getSession()).client_secret).to.equal('ek_1');
    void client.reset();
  });

  it('is trusted for a while when the clock of the visitor is ahead', async () => {
    const { client, clock, endpoint } = setUp();
    endpoint.next.push(session(1, clock.ms / 1000 - 3000));
    await client.getSession();
    clock.ms += 30_000;
    expect((await client.getSession()).client_secret).to.equal('ek_1');
  });

  it('is not trusted longer than a secret can live when the clock is behind', async () => {
    const { client, clock, endpoint } = setUp();
    endpoint.next.push(session(1, clock.ms / 1000 + 4000));
    await client.getSession();
    clock.ms += 600_000;
    expect((await client.getSession()).client_secret).to.equal('ek_2');
  });

  it('is not trusted when the clock has been put back', async () => {
    const { client, clock } = setUp();
    await client.getSession();
    clock.ms -= 86_400_000;
    expect((await client.getSession()).client_secret).to.equal('ek_2');
  });
});
