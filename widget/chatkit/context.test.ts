import { expect } from '../test/testing.js';
import { withContext, type PageContext } from './context.js';

const message = JSON.stringify({
  type: 'threads.add_user_message',
  params: { thread_id: 'thr_1' },
  metadata: { tenant: 'a' },
});

const pageOf = async (context: PageContext | undefined, body = message): Promise<unknown> => {
  const sent = JSON.parse((await withContext(body, context)) ?? body) as {
    metadata?: { page?: unknown };
  };
  return sent.metadata?.page;
};

describe('The context of the page', () => {
  const { warn } = console;
  let lines: string[];
  beforeEach(() => {
    lines = [];
    console.warn = (line: string) => lines.push(line);
  });
  afterEach(() => {
    console.warn = warn;
  });

  it('A6: goes with a message as `metadata.page`, beside other metadata', async () => {
    const sent = await withContext(message, { project: 7 });
    expect(JSON.parse(sent ?? '')).to.deep.equal({
      type: 'threads.add_user_message',
      params: { thread_id: 'thr_1' },
      metadata: { tenant: 'a', page: { project: 7 } },
    });
  });

  it('may be a function, also one that gives a promise', async () => {
    expect(await pageOf(() => ({ a: 1 }))).to.deep.equal({ a: 1 });
    expect(await pageOf(() => Promise.resolve({ b: 2 }))).to.deep.equal({ b: 2 });
    expect(await pageOf(() => null)).to.equal(undefined);
    expect(lines).to.deep.equal([]);
  });

  it('goes with requests that an agent answers only', async () => {
    for (const type of ['threads.list', 'items.feedback', 'threads.update', 'attachments.create']) {
      expect(await pageOf({ a: 1 }, JSON.stringify({ type }))).to.equal(undefined);
    }
    for (const type of ['threads.create', 'threads.retry_after_item', 'threads.custom_action']) {
      expect(await pageOf({ a: 1 }, JSON.stringify({ type }))).to.deep.equal({ a: 1 });
    }
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  for (const [title, context] of [
    ['is larger than 8 KB', { text: 'ä'.repeat(5000) }],
    ['cannot be JSON', circular],
    ['is no object', ['a'] as unknown as PageContext],
    [
      'is a function that throws',
      () => {
        throw new Error('no project');
      },
    ],
    ['is a promise that is rejected', () => Promise.reject(new Error('not loaded'))],
  ] satisfies [string, PageContext][]) {
    it(`is left out with one warning when it ${title}`, async () => {
      expect(await pageOf(context)).to.equal(undefined);
      expect(await pageOf(context)).to.equal(undefined);
      expect(lines).to.have.length(1);
      expect(lines[0]).to.contain('context must give a JSON object');
    });
  }
});
