import { expect } from '../test/testing.js';
import { SessionClient } from '../session/index.js';
import { defer, problem, session, stubFetch } from '../test/fetch.js';
import { chatKitApi, type ChatKitApi, type ChatKitApiHooks } from './api.js';

const later = Math.floor(Date.now() / 1000) + 600;
const ours = { url: 'https://chat.example/api/chatkit', domain_key: 'domain_pk_1' };

const { fetch } = globalThis;
afterEach(() => Object.assign(globalThis, { fetch }));

/** ChatKit's `api` on an endpoint whose sessions are for `backend`, with all that its hooks have heard. */
function setUp(backend?: object, more: ChatKitApiHooks = {}) {
  const endpoint = stubFetch();
  if (backend) endpoint.next.push(session(1, later, backend), session(2, later, backend));
  const { fetch: elsewhere } = globalThis;
  globalThis.fetch = (input, init) =>
    (input === '/sessions' ? endpoint.fetch : elsewhere)(input, init);
  const client = new SessionClient({ endpoint: '/sessions' });
  const heard: string[] = [];
  const hooks: ChatKitApiHooks = {
    onUse: () => heard.push('use'),
    onBackendChange: () => heard.push('backend change'),
    onError: (error) => heard.push((error as { code: string }).code),
    ...more,
  };
  return { endpoint, client, heard, api: () => chatKitApi(client, hooks) };
}

function secretOf(api: ChatKitApi): (current: string | null) => Promise<string> {
  if (!('getClientSecret' in api)) throw new Error('not hosted');
  return api.getClientSecret;
}

function fetchOf(api: ChatKitApi): typeof fetch {
  if (!('url' in api) || !api.fetch) throw new Error('not self-hosted');
  return api.fetch;
}

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => error);

describe('chatKitApi, hosted by OpenAI', () => {
  it('FR-003: has a secret before ChatKit starts, which ChatKit then gets', async () => {
    const { endpoint, api, heard } = setUp();
    const hosted = await api();
    expect(endpoint.requests).to.have.length(1);
    expect(heard).to.deep.equal([]);
    expect(await secretOf(hosted)(null)).to.equal('ek_1');
    expect(endpoint.requests).to.have.length(1);
    expect(heard).to.deep.equal(['use']);
  });

  it('Edge: secret expires in mid-chat: a fresh one for the old one', async () => {
    const { api } = setUp();
    const getSecret = secretOf(await api());
    expect(await getSecret('ek_1')).to.equal('ek_2');
  });

  it('tells of a renewal that fails', async () => {
    const { api, heard, endpoint } = setUp();
    const getSecret = secretOf(await api());
    endpoint.next.push(problem(403));
    expect(await outcome(getSecret('ek_1'))).to.include({ code: 'session_forbidden' });
    expect(heard).to.deep.equal(['use', 'session_forbidden']);
  });

  it('wants a new element when the operator has moved to another backend', async () => {
    const { api, heard, endpoint } = setUp();
    const getSecret = secretOf(await api());
    endpoint.next.push(session(2, later, ours));
    expect(await outcome(getSecret('ek_1'))).to.include({ code: 'chatkit_error' });
    expect(heard).to.include('backend change');
  });
});

describe('chatKitApi, self-hosted', () => {
  it('A5: uploads in two phases where the session endpoint offers attachments', async () => {
    const { endpoint, api } = setUp();
    endpoint.next.push(session(1, later, ours, ['attachments']));
    const options = await api();
    expect('uploadStrategy' in options && options.uploadStrategy).to.deep.equal({
      type: 'two_phase',
    });
  });

  /** What the backend was asked, and what it answers. */
  let asked: Request[];
  let answers: (Response | Error)[];

  beforeEach(() => {
    asked = [];
    answers = [];
    globalThis.fetch = (input) => {
      asked.push(input as Request);
      const answer = answers.shift() ?? new Response('{}');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
  });

  const post = (send: typeof fetch, body = '{"type":"threads.list"}'): Promise<Response> =>
    send(ours.url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const tokens = () => asked.map(({ headers }) => headers.get('authorization'));

  it('sends ChatKit’s requests to the operator’s server with the session’s token', async () => {
    const self = await setUp(ours).api();
    expect(self).to.include({ url: ours.url, domainKey: 'domain_pk_1' });
    await post(fetchOf(self));
    expect(tokens()).to.deep.equal(['Bearer ek_1']);
    expect(asked[0]?.headers.get('content-type')).to.equal('application/json');
    expect(await asked[0]?.text()).to.equal('{"type":"threads.list"}');
  });

  it('gives the token to nobody else', async () => {
    const send = fetchOf(await setUp(ours).api());
    await send('https://elsewhere.example/api/chatkit');
    await send('https://chat.example/api/chatkit-other');
    await send('https://chat.example/api/chatkit/upload?id=1');
    expect(tokens()).to.deep.equal([null, null, 'Bearer ek_1']);
  });

  it('Edge: secret expires in mid-chat: renewed on 401, and the same request sent again', async () => {
    const { api, endpoint, heard } = setUp(ours);
    const send = fetchOf(await api());
    answers.push(new Response('', { status: 401 }));
    expect((await post(send, '{"n":1}')).status).to.equal(200);
    expect(tokens()).to.deep.equal(['Bearer ek_1', 'Bearer ek_2']);
    expect(await Promise.all(asked.map((request) => request.text()))).to.deep.equal([
      '{"n":1}',
      '{"n":1}',
    ]);
    expect(endpoint.requests).to.have.length(2);
    expect(heard).not.to.include('backend change');
  });

  it('renews once for all requests that wait', async () => {
    const { api, endpoint } = setUp(ours);
    const send = fetchOf(await api());
    answers.push(...Array.from({ length: 5 }, () => new Response('', { status: 401 })));
    await Promise.all(Array.from({ length: 5 }, () => post(send)));
    expect(endpoint.requests).to.have.length(2);
  });

  it('passes on a second 401', async () => {
    const send = fetchOf(await setUp(ours).api());
    answers.push(new Response('', { status: 401 }), new Response('', { status: 401 }));
    expect((await post(send)).status).to.equal(401);
  });

  it('leaves to ChatKit what is no matter of the session: a stop, a network fault', async () => {
    const { api, heard } = setUp(ours);
    const send = fetchOf(await api());
    const stop = new DOMException('stopped', 'AbortError');
    answers.push(stop);
    expect(await outcome(post(send))).to.equal(stop);
    expect(heard).to.deep.equal(['use']);
  });

  it('tells of a session that cannot be renewed', async () => {
    const { api, heard, endpoint } = setUp(ours);
    const send = fetchOf(await api());
    answers.push(new Response('', { status: 401 }));
    endpoint.next[0] = problem(401);
    expect(await outcome(post(send))).to.include({ code: 'session_unauthenticated' });
    expect(heard).to.include('session_unauthenticated');
  });

  it('wants a new element, and sends nothing, when the backend has changed', async () => {
    const { api, heard, endpoint } = setUp(ours);
    const send = fetchOf(await api());
    answers.push(new Response('', { status: 401 }));
    endpoint.next[0] = session(2, later);
    expect(await outcome(post(send))).to.include({ code: 'chatkit_error' });
    expect(heard).to.include('backend change');
    expect(tokens()).to.deep.equal(['Bearer ek_1']);
  });

  it('can be stopped by ChatKit while it waits', async () => {
    const send = fetchOf(await setUp(ours).api());
    const waiting = defer<Response>();
    globalThis.fetch = (input) => {
      const { signal } = input as Request;
      const stop = () => waiting.reject(signal.reason as Error);
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop);
      return waiting.promise;
    };
    const stop = new AbortController();
    const answer = outcome(send(ours.url, { method: 'POST', body: '{}', signal: stop.signal }));
    stop.abort(new Error('stop'));
    expect(await answer).to.have.property('message', 'stop');
  });

  const keys = () => asked.map(({ headers }) => headers.get('idempotency-key'));
  const stream = () =>
    new Response('data: {}', { headers: { 'content-type': 'text/event-stream' } });

  it('gives each POST a key, and a repetition whose answer was not seen the same one', async () => {
    const send = fetchOf(await setUp(ours).api());
    answers.push(new TypeError('network'), new Response('', { status: 503 }), stream(), stream());
    await outcome(post(send));
    await post(send);
    await (await post(send)).text();
    await (await post(send)).text();
    const [first, second, third, fourth] = keys();
    expect(first).to.match(/^[\w-]{36}$/);
    expect([second, third]).to.deep.equal([first, first]);
    expect(fourth).not.to.equal(first);
  });

  it('A6: repeats a message with the context and the key that it had at first', async () => {
    let count = 0;
    const send = fetchOf(await setUp(ours, { context: () => ({ count: count++ }) }).api());
    const body = '{"type":"threads.create","params":{}}';
    answers.push(new TypeError('network'), stream(), stream());
    await outcome(post(send, body));
    await (await post(send, body)).text();
    await (await post(send, body)).text();
    const bodies = await Promise.all(asked.map((request) => request.text()));
    expect(
      bodies.map((text) => (JSON.parse(text) as { metadata: unknown }).metadata),
    ).to.deep.equal([{ page: { count: 0 } }, { page: { count: 0 } }, { page: { count: 1 } }]);
    expect(keys()[1]).to.equal(keys()[0]);
    expect(keys()[2]).not.to.equal(keys()[0]);
  });

  it('W3: tells of a thread that is not found, but not of a missing item or service', async () => {
    const lost: string[] = [];
    const { api } = setUp(ours, { onThreadNotFound: (id) => lost.push(id) });
    const send = fetchOf(await api());
    const missing = (code: string) => new Response(JSON.stringify({ code }), { status: 404 });
    for (const [params, answer] of [
      [{ thread_id: 'thr_1' }, missing('not_found')],
      [{ thread_id: 'thr_2', item_id: 'msg_1' }, missing('not_found')],
      [{ thread_id: 'thr_3', item_ids: ['msg_1'] }, missing('not_found')],
      [{ thread_id: 'thr_4', after: 'msg_1' }, missing('not_found')],
      [{ thread_id: 'thr_5' }, missing('no_route')],
      [{ thread_id: 'thr_6' }, new Response('<h1>nginx', { status: 404 })],
      [{}, missing('not_found')],
    ] as const) {
      answers.push(answer);
      await post(send, JSON.stringify({ type: 'items.list', params }));
    }
    expect(lost).to.deep.equal(['thr_1']);
  });

  it('tells the service of a stop of the visitor, but not of a hidden tab', async () => {
    const send = fetchOf(await setUp(ours).api());
    const cancel = async ({ body }: Response): Promise<void> => {
      await body?.cancel();
      // The piped body hears of it in a later turn.
      await new Promise((resolve) => setTimeout(resolve));
    };
    answers.push(stream());
    await cancel(await post(send));
    expect(asked[1]).to.include({
      method: 'DELETE',
      url: `${ours.url}/requests/${keys()[0] ?? ''}`,
    });
    answers.push(stream());
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    try {
      await cancel(await post(send));
    } finally {
      Reflect.deleteProperty(document, 'visibilityState');
    }
    await post(send);
    expect(asked).to.have.length(4);
    expect(keys()[3]).to.equal(keys()[2]);
  });
});
