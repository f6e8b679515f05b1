// A cat to look after, and a page that shows it: AGENT_MODULE=examples/samples/cat-lounge.ts
import { Agent, tool } from '@openai/agents';
import {
  contextOf,
  hiddenContextEvent,
  messageEvent,
  type AgentContext,
  type Responder,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type WidgetRoot,
} from '@taskpilot-chat/server';
import { z } from 'zod';

/** From 0 to 10, but for the name. */
interface Cat {
  readonly name: string | null;
  readonly energy: number;
  readonly mood: number;
  readonly cleanliness: number;
}

const newCat: Cat = { name: null, energy: 6, mood: 6, cleanliness: 6 };

/** The cat lives in the metadata of the conversation, which the service stores and no page gets. */
const catOf = ({ metadata }: ThreadMetadata): Cat => ({
  ...newCat,
  ...(metadata['cat'] as Partial<Cat> | undefined),
});

const bounded = (value: number): number => Math.min(10, Math.max(0, value));

function save(thread: ThreadMetadata, changes: Partial<Cat>): Cat {
  const cat = { ...catOf(thread), ...changes };
  thread.metadata['cat'] = cat;
  if (cat.name !== null) thread.title = `${cat.name}’s lounge`;
  return cat;
}

/** The page draws the cat anew with each of these. */
const statusEvent = (thread: ThreadMetadata): ThreadStreamEvent => ({
  type: 'client_effect',
  name: 'update_cat',
  data: { ...catOf(thread) },
});

/** Applies changes to the cat, stores it, and sends its new state to the page. */
function care(
  { thread, emit }: AgentContext,
  changes: Partial<Record<'energy' | 'mood' | 'cleanliness', number>>,
): string {
  const cat = catOf(thread);
  save(thread, {
    energy: bounded(cat.energy + (changes.energy ?? 0)),
    mood: bounded(cat.mood + (changes.mood ?? 0)),
    cleanliness: bounded(cat.cleanliness + (changes.cleanliness ?? 0)),
  });
  emit(statusEvent(thread));
  return JSON.stringify(catOf(thread));
}

const feed = tool({
  name: 'feed_cat',
  description: 'Gives the cat something to eat.',
  parameters: z.object({ food: z.string() }),
  execute: (_input, run) => care(contextOf(run), { energy: 3, mood: 1, cleanliness: -1 }),
});

const play = tool({
  name: 'play_with_cat',
  description: 'Plays with the cat, which tires it.',
  parameters: z.object({ game: z.string() }),
  execute: (_input, run) => care(contextOf(run), { energy: -2, mood: 3, cleanliness: -1 }),
});

const clean = tool({
  name: 'clean_cat',
  description: 'Brushes or washes the cat.',
  parameters: z.object({ how: z.string() }),
  execute: ({ how }, run) =>
    care(contextOf(run), { cleanliness: 4, mood: /bath|wash/i.test(how) ? -2 : 0 }),
});

const nameCat = tool({
  name: 'name_cat',
  description: 'Gives the cat its name. A cat that has one keeps it.',
  parameters: z.object({ name: z.string() }),
  execute: ({ name }, run) => {
    const { thread, emit } = contextOf(run);
    const { name: known } = catOf(thread);
    if (known !== null) return `The cat is called ${known} already.`;
    save(thread, { name: name.trim() });
    emit(statusEvent(thread));
    return `The cat is called ${name.trim()} from now on.`;
  },
});

const speak = tool({
  name: 'speak_as_cat',
  description: 'Shows a few words of the cat in a bubble on the page.',
  parameters: z.object({ words: z.string() }),
  execute: ({ words }, run) => {
    contextOf(run).emit({ type: 'client_effect', name: 'cat_says', data: { words } });
    return 'The user sees them.';
  },
});

const bar = (label: string, value: number) => ({
  type: 'Row',
  children: [
    { type: 'Text', value: label },
    { type: 'Spacer' },
    { type: 'Badge', label: `${value} of 10`, color: value < 4 ? 'danger' : 'success' },
  ],
});

const profile = ({ name, energy, mood, cleanliness }: Cat): WidgetRoot => ({
  type: 'Card',
  children: [
    { type: 'Title', value: name ?? 'A cat without a name' },
    bar('Energy', energy),
    bar('Mood', mood),
    bar('Cleanliness', cleanliness),
  ],
});

const showProfile = tool({
  name: 'show_profile',
  description: 'Shows the user a card with name and state of the cat.',
  parameters: z.object({}),
  execute: async (_input, run) => {
    const context = contextOf(run);
    await context.streamWidget(profile(catOf(context.thread)));
    return 'The user sees the card.';
  },
});

const Suggestion = z.object({ name: z.string(), why: z.string() });
const Choice = z.object({ name: z.string().min(1), suggestions: z.array(Suggestion) });

/** Names to choose from; once one is chosen, there is nothing to click. */
const choices = (
  suggestions: readonly z.infer<typeof Suggestion>[],
  chosen: string | null,
): WidgetRoot => ({
  type: 'ListView',
  children: [
    ...suggestions.map(({ name, why }) => ({
      type: 'ListViewItem',
      ...(chosen === null && {
        onClickAction: { type: 'cat.select_name', payload: { name, suggestions } },
      }),
      children: [
        { type: 'Icon', name: name === chosen ? 'check' : 'dot' },
        { type: 'Text', value: name, weight: 'semibold' },
        { type: 'Caption', value: why },
      ],
    })),
    ...(chosen === null
      ? [
          {
            type: 'ListViewItem',
            // The page sends the visitor's wish for other names as a message.
            onClickAction: { type: 'cat.more_names', handler: 'client' },
            children: [{ type: 'Text', value: 'Others, please' }],
          },
        ]
      : []),
  ],
});

const suggestNames = tool({
  name: 'suggest_names',
  description: 'Shows names for the cat, of which the user picks one. Ends your answer.',
  parameters: z.object({ suggestions: z.array(Suggestion) }),
  execute: async ({ suggestions }, run) => {
    await contextOf(run).streamWidget(choices(suggestions, null));
    return 'The user sees the names.';
  },
});

export default new Agent<AgentContext>({
  name: 'Cat lounge',
  instructions: ({
    context,
  }) => `You help the user to look after one cat, in short and playful sentences.
Its state now: ${JSON.stringify(catOf(context.thread))}. Low numbers want care: say which one, and offer help.
Do what the user asks with your tools; the page shows what changes. Suggest three names when the cat has none and
the user wants one. After something was done, let the cat say a word.`,
  tools: [feed, play, clean, nameCat, speak, showProfile, suggestNames],
  // The user's click goes on.
  toolUseBehavior: { stopAtToolNames: ['suggest_names'] },
});

/** An answer that changes the cat is not to be stopped half-way. */
export const streamOptions: Responder['streamOptions'] = () => ({ allow_cancel: false });

export const action: Responder['action'] = async function* (
  thread,
  { type, payload },
  sender,
  context,
) {
  switch (type) {
    case 'cat.status':
      // The page asks when it is loaded.
      yield statusEvent(thread);
      return;
    case 'cat.pet':
      save(thread, { mood: bounded(catOf(thread).mood + 1) });
      yield hiddenContextEvent(thread, 'The user has petted the cat on the page.', context);
      yield statusEvent(thread);
      return;
    case 'cat.select_name': {
      const { name, suggestions } = await Choice.parseAsync(payload);
      const known = catOf(thread).name;
      if (sender !== null) {
        const widget = choices(suggestions, known ?? name);
        yield { type: 'thread.item.replaced', item: { ...sender, widget } };
      }
      if (known !== null) {
        yield messageEvent(thread, `The cat is called ${known} already.`, context);
        return;
      }
      save(thread, { name });
      yield hiddenContextEvent(thread, `The user has chosen the name ${name}.`, context);
      yield statusEvent(thread);
      yield messageEvent(thread, `${name} it is! Do you want to see the card?`, context);
    }
  }
};
