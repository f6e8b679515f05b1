import { describe, expect, it } from 'vitest';
import { clientOf, defer, json, ScriptedTransport, thread } from './test/scripted.js';
import { History } from './history.js';

function setup() {
  const transport = new ScriptedTransport();
  const emitted: string[] = [];
  const changed: string[] = [];
  const history = new History({
    client: clientOf(transport),
    page: { emit: (name) => emitted.push(name), callTool: () => Promise.resolve() },
    onChange: () => undefined,
    onRename: (id, title) => changed.push(`${id} is ${title}`),
    onDelete: (id) => changed.push(`${id} is gone`),
  });
  const list = () => {
    if (history.state.kind === 'closed') return 'closed';
    const { list: threads } = history.state;
    return threads.kind === 'loaded' ? threads.threads.map(({ title }) => title) : threads.kind;
  };
  return { history, transport, emitted, changed, list };
}

const page = (...titles: string[]) => ({
  data: titles.map((title) => thread(`thr_${title}`, title)),
  has_more: false,
});

describe('The history', () => {
  it('loads newest first, page by page', async () => {
    const { history, transport, emitted, list } = setup();
    transport.next(json({ ...page('c', 'b'), has_more: true, after: 'thr_b' }), json(page('a')));
    const opening = history.open();
    expect(list()).toBe('loading');
    await opening;
    await history.loadMore();
    await history.loadMore();
    expect(list()).toEqual(['c', 'b', 'a']);
    expect(transport.asked.map(({ params }) => params)).toEqual([
      { limit: 20, order: 'desc' },
      { limit: 20, order: 'desc', after: 'thr_b' },
    ]);
    history.close();
    history.close();
    expect(emitted).toEqual(['chatkit.history.open', 'chatkit.history.close']);
  });

  it('stays closed when it was closed before it had loaded', async () => {
    const { history, transport, list } = setup();
    const late = defer<Response>();
    transport.next(late.promise);
    const opening = history.open();
    history.close();
    late.resolve(json(page('a')));
    await opening;
    expect(list()).toBe('closed');
  });

  it('can be tried again', async () => {
    const { history, transport, emitted, list } = setup();
    transport.next(new TypeError('fetch failed'), json(page('a')));
    await history.open();
    expect(list()).toBe('failed');
    expect(emitted).toContain('chatkit.error');
    await history.reload();
    expect(list()).toEqual(['a']);
  });

  it('renames and deletes', async () => {
    const { history, transport, changed, list } = setup();
    transport.next(json(page('b', 'a')), json({}), json({}));
    await history.open();
    await history.rename('thr_a', 'first');
    expect(list()).toEqual(['b', 'first']);
    await history.remove('thr_b');
    expect(list()).toEqual(['first']);
    expect(changed).toEqual(['thr_a is first', 'thr_b is gone']);
    expect(transport.asked.slice(1)).toEqual([
      { type: 'threads.update', params: { thread_id: 'thr_a', title: 'first' } },
      { type: 'threads.delete', params: { thread_id: 'thr_b' } },
    ]);
  });

  it('says when a change was not made, and keeps what it has', async () => {
    const { history, transport, changed, list } = setup();
    transport.next(json(page('a')), json({ message: 'no' }, 500));
    await history.open();
    await history.remove('thr_a');
    expect(list()).toEqual(['a']);
    expect(changed).toEqual([]);
    expect(history.state).toMatchObject({
      list: { problem: 'The conversation could not be deleted.', editing: null },
    });
  });
});
