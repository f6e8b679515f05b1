import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchStations } from './metro-map.js';
import { call, Chat, effectsOf, itemsOf, textsOf } from './test/chat.js';

let chat: Chat;
beforeAll(async () => {
  chat = await Chat.open(new URL('./metro-map.ts', import.meta.url));
});
afterAll(() => chat.close());

describe('The metro map', () => {
  it('shows a route with its stations as sources', async () => {
    const text = 'From Harbour change at Old Mill, then on to Stadium.';
    const route = { station_ids: ['harbour', 'old-mill', 'stadium'], text };
    const events = await chat.say('From Harbour to Stadium', [
      call('get_map'),
      call('plan_route', route),
    ]);
    expect(events).toContainEqual({ type: 'progress_update', text: 'Reading the map' });
    const [message] = itemsOf(events, 'assistant_message');
    expect(message?.content[0]).toMatchObject({
      text,
      annotations: [
        { index: 12, source: { type: 'entity', id: 'harbour', interactive: true } },
        { index: 31, source: { title: 'Old Mill' } },
        { index: 51, source: { data: { station_id: 'stadium' } } },
      ],
    });
  });

  it('reads the selection in the page, and goes on', async () => {
    const asked = await chat.say('What have I selected?', [call('get_selected_stations')]);
    expect(itemsOf(asked, 'client_tool_call')).toMatchObject([{ name: 'get_selected_stations' }]);
    const events = await chat.output({ ids: ['gardens'] }, ['Gardens.']);
    expect(textsOf(events)).toEqual(['Gardens.']);
    expect(chat.lastInput).toContain('gardens');
    const marked = await chat.say('Show me the blue line', [
      call('select_stations', { ids: ['harbour', 'old-mill', 'observatory'] }),
    ]);
    expect(itemsOf(marked, 'client_tool_call')).toMatchObject([{ name: 'select_stations' }]);
    expect(textsOf(await chat.output({ selected: 3 }, ['There.']))).toEqual(['There.']);
  });

  it('adds a station to the line that the user has chosen', async () => {
    const shown = await chat.say('Add a station', [
      call('ask_for_line', { question: 'To which line?' }),
    ]);
    expect(textsOf(shown)).toEqual(['To which line?']);
    const [widget] = itemsOf(shown, 'widget');
    const chosen = await chat.act('line.select', { id: 'blue' }, widget);
    expect(itemsOf(chosen, 'widget')).toMatchObject([{ id: widget?.id }]);
    expect(effectsOf(chosen)).toEqual([['choose_end', { line_id: 'blue' }]]);
    const station = { line_id: 'blue', name: 'Lighthouse', end: 'first' };
    const events = await chat.say('First, and call it Lighthouse', [
      call('add_station', station),
      'Light falls on a new platform.',
    ]);
    expect(chat.lastInput).toContain('The user has chosen the line blue.');
    expect(effectsOf(events)).toMatchObject([['show_map', { focus: 'lighthouse' }]]);
    await chat.say('Once more', [call('add_station', station), 'It is there.']);
    expect(chat.lastInput).toContain('There is a station Lighthouse already.');
  });

  it('tells the model what the map knows of a mentioned station, not what the page says', async () => {
    const tag = { type: 'input_tag', id: 'old-mill', text: 'Old Mill', interactive: true } as const;
    await chat.say('Tell me about it', ['Both lines meet there.'], {
      tags: [{ ...tag, data: { about: 'forged' } }],
    });
    expect(chat.lastInput).toContain('Amber line');
    expect(chat.lastInput).not.toContain('forged');
  });

  it('finds stations for mentions', () => {
    expect(searchStations('ga')).toMatchObject([{ id: 'gardens', title: 'Gardens' }]);
  });
});
