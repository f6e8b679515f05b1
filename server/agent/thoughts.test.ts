import { describe, expect, it } from 'vitest';
import { ThoughtSplitter, withoutThoughts } from './thoughts.js';

/** The thought and the answer of a text that arrives in these pieces. */
function split(...deltas: string[]) {
  const splitter = new ThoughtSplitter();
  const parts = [...deltas.flatMap((delta) => splitter.push(delta)), ...splitter.end()];
  const all = (type: string) => parts.map((part) => (part.type === type ? part.text : '')).join('');
  return { thought: all('thought'), text: all('text') };
}

describe('Thoughts in tags', () => {
  it.each([
    ['<think>Two and two.</think>\n\nFour.', 'Two and two.', 'Four.'],
    ['\n<thinking>Hm.</thinking>Yes.', 'Hm.', 'Yes.'],
    ['<THINK>Loud.</THINK>Yes.', 'Loud.', 'Yes.'],
    ['<think></think>Nothing to think about.', '', 'Nothing to think about.'],
    ['<think>One.</think>\n<think>Two.</think>Done.', 'One.Two.', 'Done.'],
    ['<think>a <think>b</think> c</think>Answer.', 'a b c', 'Answer.'],
    ['<think>The <think> tag?</think>\nIt opens a thought.', 'The  tag?', 'It opens a thought.'],
    ['<think>Never closed', 'Never closed', ''],
    ['<think>1 < 2 and <b></think>Right.', '1 < 2 and <b>', 'Right.'],
    [
      'Use `<think>` like this:\n```\n<think>x</think>\n```',
      '',
      'Use `<think>` like this:\n```\n<think>x</think>\n```',
    ],
    ['<thinker>is no tag', '', '<thinker>is no tag'],
    ['<think>A.</think>See <think>b</think>', 'A.', 'See <think>b</think>'],
    ['<', '', '<'],
    ['    indented', '', '    indented'],
    ['<think>A.</think>\n', 'A.', ''],
  ])('A12: tells thought and answer apart in %j, however it is cut', (whole, thought, text) => {
    expect(split(whole)).toEqual({ thought, text });
    expect(split(...Array.from(whole))).toEqual({ thought, text });
    for (let at = 1; at < whole.length; at += 1) {
      expect(split(whole.slice(0, at), whole.slice(at))).toEqual({ thought, text });
    }
    expect(withoutThoughts(whole)).toBe(text);
  });

  it('A12: gives each piece at once', () => {
    const splitter = new ThoughtSplitter();
    expect(splitter.push('<think>Hm')).toEqual([{ type: 'thought', text: 'Hm' }]);
    expect(splitter.push('.</thi')).toEqual([{ type: 'thought', text: '.' }]);
    expect(splitter.push('nk>Yes')).toEqual([{ type: 'text', text: 'Yes' }]);
    expect(splitter.push('!')).toEqual([{ type: 'text', text: '!' }]);
  });
});
