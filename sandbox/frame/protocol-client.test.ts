import { describe, expect, it } from 'vitest';
import {
  assistant,
  clientOf,
  done,
  json,
  openStream,
  ScriptedTransport,
  streamOf,
} from './test/scripted.js';
import { ProtocolError } from './protocol-client.js';
import { AccessError } from './transports.js';
import type { StreamEvent, StreamRequest } from './wire.js';

const request: StreamRequest = {
  type: 'threads.retry_after_item',
  params: { thread_id: 'thr_1', item_id: 'msg_1' },
};
const html = (status: number) =>
  new Response('<p>', { status, headers: { 'content-type': 'text/html' } });

async function run(transport: ScriptedTransport, signal = new AbortController().signal) {
  const pauses: number[] = [];
  const events: StreamEvent[] = [];
  let repeats = 0;
  let failure: unknown = null;
  try {
    const stream = clientOf(transport, pauses).stream(request, signal, () => repeats++);
    for await (const event of stream) events.push(event);
  } catch (error) {
    failure = error;
  }
  return { events, pauses, repeats, failure };
}

describe('A stream', () => {
  it('yields its events, without the items that nobody knows yet', async () => {
    const transport = new ScriptedTransport().next(
      streamOf(
        { type: 'thread.item.done', item: { type: 'end_of_turn', id: 'e' } },
        { type: 'thread.item.added', item: { type: 'hologram', id: 'h' } },
        done(assistant('a', 'x')),
      ),
    );
    expect(await run(transport)).toMatchObject({
      events: [done(assistant('a', 'x'))],
      failure: null,
    });
    expect(transport.asked).toEqual([request]);
  });

  it.each([
    ['a bad status', () => html(503)],
    ['an answer that is no event stream', () => html(200)],
    ['JSON where a stream should be', () => json({})],
    ['a connection that is refused', () => new TypeError('fetch failed')],
  ])('is asked for again after %s', async (_, failing) => {
    const transport = new ScriptedTransport().next(
      failing(),
      failing(),
      streamOf(done(assistant('a', 'x'))),
    );
    const { events, pauses, repeats } = await run(transport);
    expect(events).toHaveLength(1);
    expect(pauses).toEqual([250, 500]);
    expect(repeats).toBe(2);
  });

  it('is asked for again five times and no more', async () => {
    const transport = new ScriptedTransport().next(...Array.from({ length: 7 }, () => html(500)));
    const { pauses, failure } = await run(transport);
    expect(transport.asked).toHaveLength(6);
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000]);
    expect(failure).toMatchObject({ name: 'ProtocolError', kind: 'unreachable', status: 500 });
  });

  it.each([
    [json({ message: 'Not today.' }, 403), 'Not today.'],
    [json({ error: { message: 'Too many.' } }, 429), 'Too many.'],
    [html(404), 'This did not work.'],
  ])('ends at a refusal, with its sentence', async (answer, message) => {
    const transport = new ScriptedTransport().next(answer);
    const { failure } = await run(transport);
    expect(failure).toMatchObject({ kind: 'refused', status: answer.status, message });
    expect(transport.asked).toHaveLength(1);
  });

  it('is broken when it is cut, and not asked for again, for some of it has arrived', async () => {
    const stream = openStream();
    const transport = new ScriptedTransport().next(stream.response);
    const running = run(transport);
    stream.send(done(assistant('a', 'x')));
    stream.cut();
    const { failure } = await running;
    expect(failure).toMatchObject({ kind: 'broken' });
    expect(transport.asked).toHaveLength(1);
  });

  it('is broken when it is not JSON', async () => {
    const answer = new Response('data: <p>\n\n', {
      headers: { 'content-type': 'text/event-stream' },
    });
    const { failure } = await run(new ScriptedTransport().next(answer));
    expect(failure).toMatchObject({ kind: 'broken' });
  });

  it('tells when the page gives no access', async () => {
    const { failure } = await run(new ScriptedTransport().next(new AccessError('no')));
    expect(failure).toMatchObject({ kind: 'access' });
  });

  it('ends with the reason of an abort, wherever it is', async () => {
    for (const answer of [new Promise<Response>(() => undefined), openStream().response]) {
      const controller = new AbortController();
      const running = run(new ScriptedTransport().next(answer), controller.signal);
      const reason = new Error('stopped');
      controller.abort(reason);
      expect((await running).failure).toBe(reason);
    }
  });
});

describe('A plain request', () => {
  it('is answered with JSON', async () => {
    const client = clientOf(new ScriptedTransport().next(json({ data: [] })));
    expect(await client.request('threads.list', {})).toEqual({ data: [] });
  });

  it.each([
    [json({ message: 'No thread' }, 404), 'refused', 'No thread'],
    [html(502), 'unreachable', 'The chat cannot be reached right now.'],
    [html(200), 'unreachable', 'The chat cannot be reached right now.'],
  ])('fails as a ProtocolError', async (answer, kind, message) => {
    const failure: unknown = await clientOf(new ScriptedTransport().next(answer))
      .request('threads.list', {})
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProtocolError);
    expect(failure).toMatchObject({ kind, message });
  });

  it('leaves out the items that are not shown', async () => {
    const page = { data: [assistant('a', 'x'), { type: 'end_of_turn', id: 'e' }], has_more: false };
    const client = clientOf(new ScriptedTransport().next(json(page)));
    expect((await client.items({ thread_id: 't' })).data).toEqual([assistant('a', 'x')]);
  });
});
