import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, Chat, effectsOf, itemsOf, textsOf } from './test/chat.js';

let chat: Chat;
beforeAll(async () => {
  chat = await Chat.open(new URL('./cat-lounge.ts', import.meta.url));
});
afterAll(() => chat.close());

const names = {
  suggestions: [
    { name: 'Mochi', why: 'round' },
    { name: 'Pixel', why: 'quick' },
  ],
};

describe('The cat lounge', () => {
  it('feeds the cat, and the page shows it', async () => {
    const events = await chat.say('Feed it', [
      call('feed_cat', { food: 'fish' }),
      call('speak_as_cat', { words: 'Mrrp!' }),
      'Yum.',
    ]);
    expect(effectsOf(events)).toEqual([
      ['update_cat', { name: null, energy: 9, mood: 7, cleanliness: 5 }],
      ['cat_says', { words: 'Mrrp!' }],
    ]);
    expect(textsOf(events)).toEqual(['Yum.']);
    expect((await chat.thread()).metadata).toMatchObject({ cat: { energy: 9 } });
    expect(chat.lastInput).toContain('\\"energy\\":9');
  });

  it('never leaves the range of a number', async () => {
    const events = await chat.say('Feed it a lot', [
      call('feed_cat', { food: 'fish' }),
      call('clean_cat', { how: 'bath' }),
      'Full.',
    ]);
    expect(effectsOf(events).at(-1)?.[1]).toMatchObject({ energy: 10, cleanliness: 8, mood: 6 });
  });

  it('lets the user choose one of the names that it shows', async () => {
    // The answer ends with the widget: the model is asked once.
    const shown = await chat.say('What shall I call it?', [call('suggest_names', names)]);
    const [widget] = itemsOf(shown, 'widget');
    expect(JSON.stringify(widget?.widget)).toContain('cat.select_name');
    const events = await chat.act('cat.select_name', { name: 'Mochi', ...names }, widget);
    const [replaced] = itemsOf(events, 'widget');
    expect(replaced?.id).toBe(widget?.id);
    expect(JSON.stringify(replaced?.widget)).not.toContain('onClickAction');
    expect(textsOf(events)).toEqual(['Mochi it is! Do you want to see the card?']);
    expect((await chat.thread()).title).toBe('Mochi’s lounge');
    expect(itemsOf(events, 'hidden_context_item')).toEqual([]);
    const again = await chat.act('cat.select_name', { name: 'Pixel', ...names }, widget);
    expect(textsOf(again)).toEqual(['The cat is called Mochi already.']);
  });

  it('tells the model what was done in the page and in widgets', async () => {
    await chat.act('cat.pet', null);
    const [status] = effectsOf(await chat.act('cat.status', null));
    expect(status).toMatchObject(['update_cat', { name: 'Mochi', mood: 7 }]);
    const events = await chat.say('Show me', [call('show_profile'), 'Here.']);
    expect(chat.lastInput).toContain('The user has petted the cat on the page.');
    expect(chat.lastInput).toContain('The user has chosen the name Mochi.');
    expect(JSON.stringify(itemsOf(events, 'widget'))).toContain('"Mochi"');
  });

  it('refuses to be stopped half-way', async () => {
    const events = await chat.say('Play', [call('play_with_cat', { game: 'string' }), 'Wheee.']);
    expect(events).toContainEqual({
      type: 'stream_options',
      stream_options: { allow_cancel: false },
    });
  });
});
