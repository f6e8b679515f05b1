import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, Chat, effectsOf, itemsOf, textsOf } from './test/chat.js';

let chat: Chat;
beforeAll(async () => {
  chat = await Chat.open(new URL('./customer-support.ts', import.meta.url));
});
afterAll(() => chat.close());

const seat = (flight: string, place: string) => call('change_seat', { flight, seat: place });

describe('The customer support', () => {
  it('changes a seat, and the panel shows it with the timeline', async () => {
    const events = await chat.say('14C please', [seat('TP410', '14C'), 'Done.']);
    expect(effectsOf(events)).toMatchObject([
      [
        'show_booking',
        {
          booking: {
            flights: [{ seat: '14C' }, { seat: '23C' }],
            timeline: [{ entry: 'Seat of TP410 changed from 22A to 14C.' }],
          },
        },
      ],
    ]);
    const [steps] = itemsOf(events, 'workflow');
    expect(steps?.workflow.tasks).toMatchObject([{ title: 'Changing the seat' }]);
    expect(chat.lastInput).toContain('Gold');
  });

  it('tells the model what cannot be done', async () => {
    const events = await chat.say('On the other one too', [seat('TP999', '1A'), 'I am sorry.']);
    expect(chat.lastInput).toContain('no flight TP999');
    expect(effectsOf(events)).toEqual([]);
    expect(textsOf(events)).toEqual(['I am sorry.']);
  });

  it('lets the traveller choose a meal in a widget', async () => {
    const shown = await chat.say('I want another meal', [call('choose_meal')]);
    expect(textsOf(shown)).toEqual(['Which meal would you like on board?']);
    const [widget] = itemsOf(shown, 'widget');
    expect(widget?.widget).toMatchObject({ type: 'ListView', status: { text: 'Now: not set' } });
    const events = await chat.act('support.set_meal', { id: 'vegan' }, widget);
    expect(itemsOf(events, 'widget')).toMatchObject([
      { id: widget?.id, widget: { status: { text: 'Now: Vegan' } } },
    ]);
    expect(textsOf(events)).toEqual(['Noted: vegan.']);
    expect(effectsOf(events)).toMatchObject([['show_booking', { booking: { meal: 'Vegan' } }]]);
    await chat.say('And a bag', [call('add_bag'), 'Done.']);
    expect(chat.lastInput).toContain('the traveller did this: Meal set: Vegan.');
  });

  it('cancels a trip only when the traveller allows it', async () => {
    const cancel = [call('cancel_trip')];
    const [question] = itemsOf(await chat.say('Cancel it', cancel), 'structured_input');
    if (question === undefined) throw new Error('Nobody was asked.');
    expect(effectsOf(await chat.answer(question, ['Decline'], ['It stays booked.']))).toEqual([]);
    const [again] = itemsOf(await chat.say('Do cancel it', cancel), 'structured_input');
    if (again === undefined) throw new Error('Nobody was asked.');
    const events = await chat.answer(again, ['Allow'], ['It is cancelled.']);
    expect(effectsOf(events)).toMatchObject([['show_booking', { booking: { isCancelled: true } }]]);
    expect(textsOf(events)).toEqual(['It is cancelled.']);
  });

  it('keeps the booking for the user, in each conversation, and to themselves', async () => {
    chat.startAnew();
    await chat.say('Hello again', ['Good morning.']);
    expect(chat.lastInput).toContain('\\"isCancelled\\":true');
    const other = await Chat.open(new URL('./customer-support.ts', import.meta.url));
    await other.say('Hello', ['Good morning.']);
    const [panel] = effectsOf(await other.act('support.booking', null));
    expect(panel).toMatchObject(['show_booking', { booking: { meal: null, bags: 1 } }]);
    await other.close();
  });
});
