import { describe, expect, it } from 'vitest';
import { Composer } from './composer.js';
import { DraftFiles } from './draft-files.js';
import { toMessageInput } from './composer.js';

function setup() {
  const tools: (string | null)[] = [];
  const files = new DraftFiles({
    limits: () => ({}),
    upload: () => new Promise(() => undefined),
    discard: () => Promise.resolve(),
    onChange: () => undefined,
  });
  const composer = new Composer({
    files,
    onChange: () => undefined,
    onToolChange: (id) => tools.push(id),
    isPersistent: (id) => id === 'stays',
  });
  return { composer, tools };
}

describe('The composer', () => {
  it('gives the message without the space around it, once', () => {
    const { composer } = setup();
    composer.type('  hello \n there ');
    expect(composer.take()?.input).toEqual(toMessageInput({ text: 'hello \n there' }));
    expect(composer.take()).toBeNull();
    composer.type('   ');
    expect(composer.take()).toBeNull();
  });

  it('keeps what the page has set as long as the visitor does not change it', () => {
    const { composer } = setup();
    const content = [{ type: 'input_tag', id: '1', text: 'Ada' } as const];
    composer.setValue({ content, reply: 'Who?' });
    expect(composer.draft.text).toBe('Ada');
    expect(composer.take()?.input).toEqual(toMessageInput({ content, reply: 'Who?' }));
    composer.setValue({ content });
    composer.type('Ada!');
    expect(composer.take()?.input).toEqual(toMessageInput({ text: 'Ada!' }));
  });

  it('lets go of a tool after a message, unless it is to stay', () => {
    const { composer, tools } = setup();
    composer.setValue({ text: 'a', selectedToolId: 'search', selectedModelId: 'deep' });
    expect(composer.take()?.input.inference_options).toEqual({
      tool_choice: { id: 'search' },
      model: 'deep',
    });
    composer.setValue({ text: 'b', selectedToolId: 'stays' });
    composer.take();
    expect(tools).toEqual(['search', null, 'stays']);
    expect(composer.draft).toMatchObject({ toolId: 'stays', modelId: 'deep' });
  });

  it('takes an Enter right behind a composition for a part of it', () => {
    const { composer } = setup();
    expect(composer.isComposing(1000)).toBe(false);
    composer.endComposition(1000);
    expect(composer.isComposing(1004)).toBe(true);
    expect(composer.isComposing(1200)).toBe(false);
  });

  it('A5: waits for files before it can be sent', () => {
    const { composer } = setup();
    composer.type('Look');
    expect(composer.canSend).toBe(true);
    composer.setValue({ files: [new File(['abc'], 'a.txt', { type: 'text/plain' })] });
    expect(composer.canSend).toBe(false);
    expect(composer.take()).toBeNull();
    const attachment = { type: 'file', id: 'atc_1', name: 'a', mime_type: 'text/csv' } as const;
    composer.setValue({ attachments: [attachment] });
    expect(composer.take()).toMatchObject({
      input: { attachments: ['atc_1'] },
      attachments: [attachment],
    });
    expect(composer.files.list).toEqual([]);
  });
});

describe('toMessageInput', () => {
  it('has every field that the protocol wants', () => {
    expect(toMessageInput({ text: 'hi' })).toEqual({
      content: [{ type: 'input_text', text: 'hi' }],
      attachments: [],
      inference_options: {},
    });
    expect(
      toMessageInput({
        content: [{ type: 'input_tag', id: '1', text: 'Ada', group: 'People' }],
        attachments: [{ id: 'atc_1' }],
      }),
    ).toEqual({
      content: [
        { type: 'input_tag', id: '1', text: 'Ada', group: 'People', data: {}, interactive: false },
      ],
      attachments: ['atc_1'],
      inference_options: {},
    });
  });

  it.each([{}, { text: '' }, { text: ' \n ' }, { content: [] }])('refuses %j', (params) => {
    expect(() => toMessageInput(params)).toThrow(TypeError);
  });
});
