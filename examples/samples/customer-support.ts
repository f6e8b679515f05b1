// A traveller's concierge, and a panel that shows the booking: AGENT_MODULE=examples/samples/customer-support.ts
// With ATTACHMENTS=disk the traveller can attach pictures; with AGENT_TRANSCRIPTION_MODEL, dictate.
import { Agent, tool } from '@openai/agents';
import {
  contextOf,
  hiddenContextEvent,
  messageEvent,
  widgetTemplate,
  withStep,
  type AgentContext,
  type Responder,
  type ThreadStreamEvent,
} from '@taskpilot-chat/server';
import { z } from 'zod';

interface Flight {
  readonly number: string;
  readonly from: string;
  readonly to: string;
  readonly date: string;
  seat: string;
}

interface Booking {
  readonly traveller: string;
  readonly status: 'Silver' | 'Gold';
  readonly flights: readonly Flight[];
  bags: number;
  meal: string | null;
  isCancelled: boolean;
  /** What was done, the newest first. */
  timeline: readonly { readonly at: string; readonly entry: string }[];
}

const newBooking = (traveller: string): Booking => ({
  traveller,
  status: 'Gold',
  flights: [
    { number: 'TP410', from: 'ZRH', to: 'LIS', date: '2026-12-18', seat: '22A' },
    { number: 'TP411', from: 'LIS', to: 'ZRH', date: '2026-12-27', seat: '23C' },
  ],
  bags: 1,
  meal: null,
  isCancelled: false,
  timeline: [],
});

/** Stands in for the airline's own system: a booking for each user, not for each conversation. */
class Bookings {
  readonly #all = new Map<string, Booking>();

  of(user: string): Promise<Booking> {
    const booking = this.#all.get(user) ?? newBooking(user);
    this.#all.set(user, booking);
    return Promise.resolve(booking);
  }

  /** @throws {Error} for the model, which then explains it */
  async change(user: string, change: (booking: Booking) => string, at: string): Promise<string> {
    const booking = await this.of(user);
    if (booking.isCancelled)
      throw new Error('The trip is cancelled: nothing of it can be changed.');
    const entry = change(booking);
    booking.timeline = [{ at, entry }, ...booking.timeline].slice(0, 20);
    return entry;
  }
}

const bookings = new Bookings();

/** The panel beside the chat shows what this brings. */
const panelEvent = (booking: Booking): ThreadStreamEvent => ({
  type: 'client_effect',
  name: 'show_booking',
  data: { booking: structuredClone(booking) },
});

/** What a tool changes is the booking of the user who asks, whatever the model says. */
async function change(
  { user, now, emit }: AgentContext,
  act: (booking: Booking) => string,
): Promise<string> {
  const entry = await bookings.change(user, act, now());
  emit(panelEvent(await bookings.of(user)));
  return entry;
}

const changeSeat = tool({
  name: 'change_seat',
  description: 'Moves the traveller to another seat of a flight.',
  parameters: z.object({ flight: z.string(), seat: z.string().regex(/^[1-9]\d?[A-F]$/) }),
  execute: ({ flight: number, seat }, run) =>
    change(contextOf(run), ({ flights }) => {
      const flight = flights.find((each) => each.number === number);
      if (flight === undefined) throw new Error(`The booking has no flight ${number}.`);
      const { seat: before } = flight;
      flight.seat = seat;
      return `Seat of ${number} changed from ${before} to ${seat}.`;
    }),
});

const addBag = tool({
  name: 'add_bag',
  description: 'Adds a checked bag.',
  parameters: z.object({}),
  execute: (_input, run) =>
    change(contextOf(run), (booking) => {
      booking.bags += 1;
      return `Checked bag added, ${booking.bags} in all.`;
    }),
});

const cancelTrip = tool({
  name: 'cancel_trip',
  description: 'Cancels the whole trip. The traveller is asked before it happens.',
  parameters: z.object({}),
  // The service asks the visitor, and the run goes on with the answer.
  needsApproval: true,
  execute: (_input, run) =>
    change(contextOf(run), (booking) => {
      booking.isCancelled = true;
      return 'Trip cancelled. The fare is refunded within seven days.';
    }),
});

const requestAssistance = tool({
  name: 'request_assistance',
  description: 'Notes for the airport’s staff what help the traveller needs.',
  parameters: z.object({ note: z.string() }),
  execute: ({ note }, run) => change(contextOf(run), () => `Assistance requested: ${note}`),
});

const meals = [
  { id: 'vegetarian', label: 'Vegetarian' },
  { id: 'vegan', label: 'Vegan' },
  { id: 'gluten-free', label: 'Gluten-free' },
  { id: 'standard', label: 'What everybody gets' },
];

/** Drawn in ChatKit's widget builder. */
const mealWidget = widgetTemplate<{
  title: string;
  meals: typeof meals;
  chosen: string | null;
}>(new URL('./meals.widget', import.meta.url));

const chooseMeal = tool({
  name: 'choose_meal',
  description: 'Shows the meals, of which the traveller picks one. Ends your answer.',
  parameters: z.object({}),
  execute: async (_input, run) => {
    const context = contextOf(run);
    const { meal } = await bookings.of(context.user);
    context.emit(messageEvent(context.thread, 'Which meal would you like on board?', context));
    await context.streamWidget(
      mealWidget.build({ title: `Now: ${meal ?? 'not set'}`, meals, chosen: null }),
    );
    return 'The traveller sees the meals.';
  },
});

export default new Agent<AgentContext>({
  name: 'Concierge',
  instructions: async ({
    context,
  }) => `You are the concierge of an airline, and act for the traveller.
The booking: ${JSON.stringify(await bookings.of(context.user))}
- Do what is asked with your tools instead of describing it, then confirm it and offer the next step.
- Greet by status once. Two or three sentences are enough.
- Say only what the booking or a tool says. When something is not possible, say so, and offer what is.`,
  tools: [
    withStep(changeSeat, { title: 'Changing the seat', icon: 'settings-slider' }),
    withStep(addBag, { title: 'Adding a bag', icon: 'suitcase' }),
    withStep(cancelTrip, 'Cancelling the trip'),
    withStep(requestAssistance, 'Telling the airport'),
    withStep(chooseMeal, false),
  ],
  toolUseBehavior: { stopAtToolNames: ['choose_meal'] },
});

const Meal = z.object({ id: z.enum(meals.map(({ id }) => id)) });

export const action: Responder['action'] = async function* (
  thread,
  { type, payload },
  sender,
  context,
) {
  const { user, now } = context;
  if (type === 'support.set_meal') {
    const { id } = Meal.parse(payload);
    const label = meals.find((meal) => meal.id === id)?.label ?? id;
    const set = (booking: Booking) => {
      booking.meal = label;
      return `Meal set: ${label}.`;
    };
    const entry = await bookings.change(user, set, now());
    if (sender !== null) {
      const widget = mealWidget.build({ title: `Now: ${label}`, meals, chosen: id });
      yield { type: 'thread.item.replaced', item: { ...sender, widget } };
    }
    yield hiddenContextEvent(thread, `In the widget, the traveller did this: ${entry}`, context);
    yield messageEvent(thread, `Noted: ${label.toLowerCase()}.`, context);
  }
  // The panel asks with `support.booking` when the page is loaded.
  yield panelEvent(await bookings.of(user));
};
