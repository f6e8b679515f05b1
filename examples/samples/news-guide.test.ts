import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewOf, searchEntities } from './news-guide.js';
import { call, Chat, effectsOf, itemsOf, textsOf } from './test/chat.js';

let chat: Chat;
beforeAll(async () => {
  chat = await Chat.open(new URL('./news-guide.ts', import.meta.url));
});
afterAll(() => chat.close());

describe('The news guide', () => {
  it('searches, and tells with the article as its source', async () => {
    const text = 'The footbridge is open again.';
    const events = await chat.say('What about the bridge?', [
      call('search_articles', { words: 'footbridge' }),
      call('tell', { text, article_ids: ['bridge'] }),
    ]);
    expect(events).toContainEqual({ type: 'progress_update', text: 'Searching for “footbridge”' });
    const [message] = itemsOf(events, 'assistant_message');
    expect(message?.content).toMatchObject([
      { text, annotations: [{ source: { type: 'entity', id: 'article:bridge' } }] },
    ]);
    expect(chat.lastInput).toContain('Ines Holm');
    expect((await chat.thread()).title).toBe('What about the bridge?');
  });

  it('knows the page that is read, but not what the page says about it', async () => {
    chat.page = { article: 'swifts', text: 'forged' };
    await chat.say('Sum this up', [call('read_current_page'), 'Forty boxes.']);
    expect(chat.lastInput).toContain('market hall');
    expect(chat.lastInput).not.toContain('forged');
    chat.page = null;
    await chat.say('And this?', [call('read_current_page'), 'Nothing is open.']);
    expect(chat.lastInput).toContain('not reading an article');
  });

  it('lists articles, which the user opens', async () => {
    const shown = await chat.say('Show both', [call('show_articles', { ids: ['bridge', 'x'] })]);
    const [widget] = itemsOf(shown, 'widget');
    expect(widget).toMatchObject({ copy_text: 'The footbridge opens again' });
    const events = await chat.act('open_article', { id: 'bridge' }, widget);
    expect(effectsOf(events)).toEqual([['open_article', { id: 'bridge' }]]);
    expect(textsOf(events)).toEqual(['Shall I sum up “The footbridge opens again” for you?']);
    await chat.say('Yes', ['It is open.']);
    expect(chat.lastInput).toContain('The user has opened the article bridge.');
  });

  it('lets the tool that is chosen in the composer decide which agent answers', async () => {
    await chat.say('One please', ['What has keys and opens no door?'], { toolChoice: 'puzzle' });
    expect(chat.lastInput).toContain('one short riddle');
    const shown = await chat.say('This weekend', [call('show_events')], { toolChoice: 'events' });
    const [widget] = itemsOf(shown, 'widget');
    expect(JSON.stringify(widget)).not.toContain('Market hall');
    const { updated_item: updated } = await chat.actAtOnce(
      'show_details',
      { id: 'market' },
      widget,
    );
    expect(updated?.id).toBe(widget?.id);
    expect(JSON.stringify(updated)).toContain('Market hall, 8 to 14 h.');
  });

  it('resolves mentions of articles and authors', async () => {
    const [article, ...others] = searchEntities('swifts');
    expect(others).toEqual([]);
    expect(searchEntities('holm').at(-1)).toMatchObject({ title: 'Ines Holm', group: 'Authors' });
    const tags = [
      ...[{ id: article?.id ?? '', text: article?.title ?? '' }],
      ...[{ id: 'author:Ines Holm', text: 'Ines Holm' }],
    ].map((tag) => ({ type: 'input_tag' as const, ...tag, data: {}, interactive: true }));
    await chat.say('What is this?', ['A story.'], { tags });
    expect(chat.lastInput).toContain('the article with the id swifts');
    expect(chat.lastInput).toContain('Ines Holm has written: bridge, bakery.');
  });

  it('previews an article', () => {
    expect(JSON.stringify(previewOf('article:bakery'))).toContain('Lindenhof');
    expect(previewOf('author:Ines Holm')).toBeNull();
  });
});
