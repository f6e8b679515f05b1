import { describe, expect, it } from 'vitest';
import { modelText, outputText } from './messages.js';

describe('The text of a result', () => {
  it.each([
    ['Hello.', 'Hello.'],
    [{ output_text: 'Hello.' }, 'Hello.'],
    [{ output_text: '{"answer":"Yes."}', output_parsed: { answer: 'Yes.' } }, 'Yes.'],
    [{ output_text: '"Yes."', output_parsed: 'Yes.' }, 'Yes.'],
    [{ reply: 'Hello.' }, 'Hello.'],
    [{ output_text: 'Hello.', output_parsed: null }, 'Hello.'],
    [{ output_parsed: { citations: [], answer: 'Yes.' } }, 'Yes.'],
    [{ output_text: '{"answer":"Yes.","score":1}' }, 'Yes.'],
    [{ headline: 'All well', open: 2 }, 'All well'],
    [{ output: { text: 'Yes.', score: 1 } }, 'Yes.'],
  ])('A2: %j is %j', (result, text) => {
    expect(outputText(result)).toEqual({ type: 'text', text });
  });

  it.each([
    [{ output_text: 'Yes.', sources: ['https://a.example/x', 'nowhere', 7, null] }, ['a.example']],
    [
      { output_parsed: { answer: 'Yes.', citations: [{ url: 'https://a.example', title: 'A' }] } },
      ['A'],
    ],
    [{ answer: 'Yes.', references: [{ name: 'B', link: 'http://b.example' }] }, ['B']],
    [{ answer: 'Yes.', citations: [{ file_name: 'b.pdf' }, { file_name: 'b.pdf' }] }, ['b.pdf']],
    [
      {
        answer: 'Yes.',
        annotations: [{ type: 'url_citation', url: 'https://a.example', end_index: 4 }],
      },
      ['a.example'],
    ],
    [
      {
        output: { text: 'Yes.', sources: ['https://a.example'] },
        citations: ['https://b.example'],
      },
      ['a.example', 'b.example'],
    ],
  ])('A2: has the sources beside it: %j', (result, titles) => {
    const found = outputText(result);
    if (found.type !== 'text') expect.fail('no text');
    expect(found.text).toBe('Yes.');
    expect(found.annotations?.map(({ source }) => source.title)).toEqual(titles);
  });

  it.each([
    [{ output_parsed: { a: 1, b: 2 } }, '```json\n{\n  "a": 1,\n  "b": 2\n}\n```'],
    [[1, 2], '```json\n[\n  1,\n  2\n]\n```'],
    [42, '```json\n42\n```'],
  ])('is all of it as JSON only where there is no text: %j', (result, text) => {
    expect(outputText(result)).toEqual({ type: 'data', text });
  });

  it.each([undefined, null, '', ' ', {}, { output_text: '' }])('is empty in %j', (result) => {
    expect(outputText(result)).toEqual({ type: 'empty' });
  });

  it('is blocked when a guardrail failed', () => {
    const report = { pii: { failed: true, detected_counts: [] }, jailbreak: { failed: false } };
    expect(outputText(report)).toEqual({ type: 'blocked' });
    expect(outputText({ pii: { failed: false } })).toMatchObject({ type: 'data' });
  });
});

describe('The text of a model’s answer', () => {
  it.each([
    ['Hello.', 'Hello.'],
    ['{"answer":"Yes."}', 'Yes.'],
    ['{broken}', '{broken}'],
  ])('%s is %s', (answer, text) => {
    expect(modelText(answer)).toEqual({ type: 'text', text });
  });

  it('is empty without an answer', () => {
    expect(modelText(null)).toEqual({ type: 'empty' });
    expect(modelText('')).toEqual({ type: 'empty' });
  });
});
