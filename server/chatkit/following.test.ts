import { describe, expect, it } from 'vitest';
import { Deferred } from './async.js';
import { create, done, Harness, saying } from './test/harness.js';

/** A conversation whose answer has said a part, in a thread that another page may load. */
async function inMidAnswer() {
  const harness = new Harness();
  const [begun, rest] = [new Deferred(), new Deferred()];
  harness.responder.answer = async function* (thread, _message, context) {
    const item = { ...saying(thread, context, ''), content: [] };
    yield { type: 'thread.item.added', item };
    for (const delta of ['Half', ' and half']) {
      yield {
        type: 'thread.item.updated',
        item_id: item.id,
        update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta },
      };
      begun.resolve();
      await rest.promise;
    }
    const text = { type: 'output_text' as const, text: 'Half and half', annotations: [] };
    yield done({ ...item, content: [text] });
  };
  const answered = harness.stream(create('Hello'), { idempotencyKey: 'a-key' });
  await begun.promise;
  const [id] = await harness.threadIds();
  const load = (type: string, more: object = {}) =>
    harness.server.process(
      { type, params: { thread_id: id, ...more } },
      { user: harness.user, signal: new AbortController().signal },
    );
  return { load, goOn: () => rest.resolve(), answered };
}

const half = { type: 'assistant_message', content: [{ text: 'Half' }] };
const message = { type: 'user_message' };

describe('A page that did not ask for a running answer', () => {
  it('gets what it has said with the thread, and learns that there is more', async () => {
    const { load, goOn, answered } = await inMidAnswer();
    expect(await load('threads.get_by_id')).toMatchObject({
      isAnswering: true,
      body: { items: { data: [message, half], has_more: false } },
    });
    goOn();
    await answered;
    const complete = await load('threads.get_by_id');
    expect(complete).not.toHaveProperty('isAnswering');
    expect(complete).toMatchObject({
      body: { items: { data: [message, { content: [{ text: 'Half and half' }] }] } },
    });
  });

  it.each([
    ['the newest first', {}, [half, message]],
    ['the oldest first', { order: 'asc' }, [message, half]],
    ['beside a full page', { order: 'asc', limit: 1 }, [message, half]],
  ])('gets it with the items: %s', async (_name, params, data) => {
    const { load, goOn, answered } = await inMidAnswer();
    const result = await load('items.list', params);
    expect(result).toMatchObject({ isAnswering: true, body: { data } });
    goOn();
    await answered;
  });

  it('may ask for what comes after it', async () => {
    const { load, goOn, answered } = await inMidAnswer();
    const { body } = (await load('items.list')) as { body: { data: { id: string }[] } };
    const after = { after: body.data[0]?.id, order: 'asc' };
    expect(await load('items.list', after)).toMatchObject({ body: { data: [], has_more: false } });
    goOn();
    await answered;
  });
});
