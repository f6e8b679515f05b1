import { describe, expect, it } from 'vitest';
import { bodyLimitFor, type ChatKitLimits } from './limits.js';
import { MemoryStore } from './memory-store.js';
import { ChatKitServer } from './server.js';
import { create, inputOf, TestResponder } from './test/harness.js';

const signal = new AbortController().signal;

function serverWith(limits: Partial<ChatKitLimits>) {
  const store = new MemoryStore();
  const responder = new TestResponder();
  const server = new ChatKitServer({ store, responder, limits });
  return {
    store,
    responder,
    /** The status of a request, with what it says when it is refused. */
    ask: async (body: unknown, user = 'alice'): Promise<string> => {
      try {
        const result = await server.process(body, { user, signal });
        if (result.type === 'stream') while ((await result.events.next()).done !== true);
        return 'ok';
      } catch (error) {
        const { status, code, message } = error as {
          status: number;
          code?: string;
          message: string;
        };
        return `${status} ${code ?? ''} ${message}`;
      }
    },
  };
}

const withInput = (input: object) => ({
  type: 'threads.create',
  params: { input: { ...inputOf('1234567890'), ...input } },
});

const tag = { type: 'input_tag', id: 'a', text: 'b', data: {} };

describe('The length of what a request brings', () => {
  const tooLong = '413 payload_too_large The message may have 10 characters at most.';

  it('S1: a message has MESSAGE_MAX_CHARS characters at most, to the character', async () => {
    const { ask } = serverWith({ messageMaxChars: 10 });
    expect(await ask(create('1234567890'))).toBe('ok');
    expect(await ask(create('12345678901'))).toBe(tooLong);
    // A character counts as it does in a page: 10 code units, 15 bytes.
    expect(await ask(create('äöü67890ßÄ'))).toBe('ok');
    expect(await ask(create('123456789💥'))).toBe(tooLong);
  });

  it.each([
    ['a quote', { quoted_text: 'x' }],
    ['a mention', { content: [tag] }],
    ['the data of a mention', { content: [{ ...tag, data: { list: Array(20).fill(0) } }] }],
    ['a model', { inference_options: { model: 'x' } }],
    ['a tool', { inference_options: { tool_choice: { id: 'x' } } }],
    [
      'many parts',
      { content: Array.from('12345678901', (text) => ({ type: 'input_text', text })) },
    ],
  ])('S1: %s counts as well', async (_, input) => {
    const { ask, store } = serverWith({ messageMaxChars: 10 });
    expect(await ask(withInput(input))).toBe(tooLong);
    expect(await store.storedBytes({ user: 'alice' })).toBe(0);
  });

  it.each([
    [
      'tool output',
      { type: 'threads.add_client_tool_output', params: { thread_id: 't', result: 'long enough' } },
    ],
    [
      'input',
      {
        type: 'threads.add_structured_input',
        params: { thread_id: 't', item_id: 'i', input: { answers: { q: { values: ['long'] } } } },
      },
    ],
    [
      'action',
      {
        type: 'threads.custom_action',
        params: { thread_id: 't', action: { type: 'a', payload: 'long enough' } },
      },
    ],
    ['metadata', { ...create('Hello'), metadata: { page: 'long enough' } }],
  ])('S1: so does everything else that is kept or given to the model: %s', async (what, body) => {
    const { ask } = serverWith({ messageMaxChars: 10 });
    expect(await ask(body)).toBe(
      `413 payload_too_large The ${what} may have 10 characters at most.`,
    );
  });

  it('S1: a body has room for the longest message however it is escaped', () => {
    const message = JSON.stringify(create('\u0001'.repeat(32_000)));
    expect(Buffer.byteLength(message)).toBeLessThan(bodyLimitFor({ messageMaxChars: 32_000 }));
  });

  it.each([
    ['nothing', []],
    ['spaces', [{ type: 'input_text', text: ' \n\t\u00a0' }]],
    [
      'empty parts',
      [
        { type: 'input_text', text: '' },
        { ...tag, text: '' },
      ],
    ],
  ])('S1: a message of %s is refused, and asks no model', async (_, content) => {
    const { ask, responder } = serverWith({});
    expect(await ask(withInput({ content, quoted_text: 'quoted' }))).toBe(
      '400  A message needs a text that is not blank, or an attachment.',
    );
    expect(responder.messages).toEqual([]);
  });
});

describe('What a user may have stored', () => {
  it('S1: is bounded in bytes; reading and deleting go on, and make room', async () => {
    const { ask, store } = serverWith({ storedMaxBytes: 1000 });
    const outcomes = [];
    for (let index = 0; index < 3; index++) outcomes.push(await ask(create('x'.repeat(300))));
    const refusal =
      '413 storage_quota_exceeded This user has stored as much as one user may. Delete a thread first.';
    expect(outcomes).toEqual(['ok', 'ok', refusal]);
    expect(await ask(create('x'), 'bob')).toBe('ok');

    const threads = await store.loadThreads({ limit: 9, order: 'asc' }, { user: 'alice' });
    expect(threads.data).toHaveLength(2);
    expect(await ask({ type: 'threads.list', params: {} })).toBe('ok');
    const thread_id = threads.data[0]?.id;
    expect(await ask({ type: 'threads.delete', params: { thread_id } })).toBe('ok');
    expect(await ask(create('x'))).toBe('ok');
  });
});
