import { describe, expect, it } from 'vitest';
import { checkItem } from './validation.js';
import { cleanJson, withoutNulls } from './validation.js';
import { parseRequest } from './validation.js';
import { create } from './test/harness.js';
import type { ThreadItem } from './protocol/index.js';

describe('parseRequest', () => {
  it('names the field that is wrong', () => {
    expect(() => parseRequest({ type: 'items.list', params: { thread_id: 7 } })).toThrow(
      'Invalid items.list: params.thread_id must be string.',
    );
    expect(() => parseRequest({ type: 'threads.delete', params: {} })).toThrow(
      'Invalid threads.delete: params must have required properties thread_id.',
    );
  });

  it('looks at every key of a record', () => {
    const params = { thread_id: 't', item_id: 'i', input: { answers: { 'a\nb': { values: 5 } } } };
    expect(() => parseRequest({ type: 'threads.add_structured_input', params })).toThrow(
      'params.input.answers',
    );
  });

  it('never repeats what was sent', () => {
    for (const body of ['SECRET', { type: 'SECRET' }, { type: 'threads.list', params: 'SECRET' }]) {
      expect(() => parseRequest(body)).toThrow(/^(?!.*SECRET)/);
    }
  });

  it('replaces what cannot be stored, in keys as well', () => {
    const request = parseRequest({
      ...create('a\0b\uD800c👍'),
      metadata: { 'k\0': ['\uDFFF', Infinity] },
    });
    expect(request).toEqual({
      ...create('a\uFFFDb\uFFFDc👍'),
      metadata: { 'k\uFFFD': ['\uFFFD', null] },
    });
  });
});

describe('cleanJson', () => {
  it('refuses deep nesting before the stack overflows', () => {
    let deep: unknown = 1;
    for (let n = 0; n < 100_000; n += 1) deep = [deep];
    expect(() => cleanJson(deep)).toThrow('nested more than 64 levels');
  });

  it('makes no prototype of a key', () => {
    const cleaned = cleanJson(JSON.parse('{"__proto__":{"polluted":true}}')) as object;
    expect(Object.keys(cleaned)).toEqual(['__proto__']);
    expect('polluted' in cleaned).toBe(false);
  });
});

describe('What is stored and sent', () => {
  it('leaves out nulls of the protocol, and keeps those of the application', () => {
    const own = { nothing: null, list: [null] };
    expect(
      withoutNulls({
        ...{ title: null, metadata: own, arguments: own, output: [null], payload: own, data: own },
        items: { data: [{ title: undefined }], after: null },
      }),
    ).toEqual({
      ...{ metadata: own, arguments: own, output: [null], payload: own, data: own },
      items: { data: [{}] },
    });
  });

  it('has the defaults of the protocol', () => {
    const base = { id: 'i', thread_id: 't', created_at: '2026-11-01T10:00:00.000Z' };
    const items: readonly ThreadItem[] = [
      { type: 'task', ...base, task: { type: 'web_search' } },
      { type: 'workflow', ...base, workflow: { type: 'custom', tasks: [{ type: 'file' }] } },
      {
        ...{ type: 'structured_input', ...base, status: 'pending' },
        inputs: [{ type: 'multiple_choice', id: 'q', question: 'Q?', options: [] }],
      },
      {
        ...{ type: 'assistant_message', ...base },
        content: [
          {
            ...{ type: 'output_text', text: '' },
            annotations: [{ type: 'annotation', source: { type: 'entity', id: 'e', title: 'E' } }],
          },
        ],
      },
    ];
    expect(items.map((item) => checkItem(item, 't'))).toMatchObject([
      { task: { status_indicator: 'none', queries: [], sources: [] } },
      { workflow: { expanded: false, tasks: [{ status_indicator: 'none', sources: [] }] } },
      { inputs: [{ multiple: false }] },
      { content: [{ annotations: [{ source: { interactive: false, data: {} } }] }] },
    ]);
  });

  it('keeps unknown components of widgets', () => {
    const item: ThreadItem = {
      ...{ type: 'widget', id: 'i', thread_id: 't', created_at: '2026-11-01' },
      widget: {
        ...{ type: 'Basic', newProperty: { deep: [1] } },
        children: [{ type: 'Hologram', onGaze: { type: 'blink', payload: { id: 7 } } }],
      },
    };
    expect(checkItem(item, 't')).toEqual(item);
  });
});
