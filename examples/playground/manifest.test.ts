import { describe, expect, it } from 'vitest';
import { describeElement } from './manifest.js';

const manifest = {
  modules: [
    { declarations: [{ kind: 'function', name: 'other' }] },
    {
      declarations: [
        {
          tagName: 'my-chat',
          attributes: [
            { name: 'layout', type: { text: "'floating' | 'inline'" }, default: "'floating'" },
            { name: 'radius', type: { text: '\'pill\' | "sharp" | undefined' } },
            { name: 'open', type: { text: 'boolean' }, description: 'whether it is open' },
            { name: 'teaser-delay', type: { text: 'number' }, default: '5' },
            { name: 'thread', type: { text: 'string | null | undefined' } },
            { name: 'prompts', type: { text: "string | 'none'" } },
            { name: 'untyped' },
          ],
          events: [{ name: 'my-open', description: 'before' }, { type: { text: 'Event' } }],
          cssParts: [{ name: 'panel' }],
          cssProperties: [{ name: '--my-width', default: '400px' }],
        },
        { tagName: 'bare-chat' },
      ],
    },
  ],
};

describe('describeElement', () => {
  it('says how each attribute is set', () => {
    const { attributes } = describeElement(manifest, 'my-chat');
    expect(
      attributes.map(({ name, kind, values, default: usual }) => [name, kind, values, usual]),
    ).toEqual([
      ['layout', 'choice', ['floating', 'inline'], 'floating'],
      ['radius', 'choice', ['pill', 'sharp'], ''],
      ['open', 'boolean', [], ''],
      ['teaser-delay', 'number', [], '5'],
      ['thread', 'text', [], ''],
      ['prompts', 'text', [], ''],
      ['untyped', 'text', [], ''],
    ]);
  });

  it('has events, parts and custom properties', () => {
    expect(describeElement(manifest, 'my-chat')).toMatchObject({
      events: [{ name: 'my-open', description: 'before' }],
      parts: [{ name: 'panel', description: '' }],
      properties: [{ name: '--my-width', description: '', default: '400px' }],
    });
  });

  it('takes an element without any, and refuses one that is not there', () => {
    expect(describeElement(manifest, 'bare-chat').attributes).toEqual([]);
    expect(() => describeElement(manifest, 'no-chat')).toThrow('<no-chat>');
  });
});
