// A guide through a local paper, who knows the page that is read: AGENT_MODULE=examples/samples/news-guide.ts
import { Agent, run, tool } from '@openai/agents';
import {
  contextOf,
  createAgentContext,
  hiddenContextEvent,
  messageEvent,
  streamAgentResponse,
  toAgentInput,
  type AgentContext,
  type AgentInputHooks,
  type Responder,
  type UserMessageItem,
  type WidgetRoot,
} from '@taskpilot-chat/server';
import { z } from 'zod';

interface Article {
  readonly id: string;
  readonly title: string;
  readonly author: string;
  readonly tags: readonly string[];
  readonly text: string;
}

interface Happening {
  readonly id: string;
  readonly day: string;
  readonly title: string;
  readonly details: string;
}

/** Stand in for the paper's own database. */
const articles: readonly Article[] = [
  {
    id: 'bridge',
    title: 'The footbridge opens again',
    author: 'Ines Holm',
    tags: ['town', 'building'],
    text: 'After eleven months the footbridge over the Aare carries people again. It cost 2.1 million, a tenth less than planned.',
  },
  {
    id: 'swifts',
    title: 'Forty boxes for the swifts',
    author: 'Tom Reber',
    tags: ['nature', 'town'],
    text: 'Pupils have built forty nesting boxes and hung them under the roof of the market hall.',
  },
  {
    id: 'bakery',
    title: 'The last night bakery',
    author: 'Ines Holm',
    tags: ['food'],
    text: 'From two in the morning there is bread at the Lindenhof, and a queue in front of it.',
  },
];
const happenings: readonly Happening[] = [
  { id: 'market', day: 'Saturday', title: 'Flea market', details: 'Market hall, 8 to 14 h.' },
  { id: 'choir', day: 'Sunday', title: 'Choir in the park', details: 'Rose garden, 17 h, free.' },
];

const articleOf = (id: unknown): Article | undefined => articles.find((each) => each.id === id);

const search = (words: string): readonly Article[] => {
  const wanted = words.toLowerCase().split(/\s+/);
  return articles.filter(({ title, author, tags, text }) => {
    const all = [title, author, ...tags, text].join(' ').toLowerCase();
    return wanted.some((word) => all.includes(word));
  });
};

const searchArticles = tool({
  name: 'search_articles',
  description: 'Finds articles by words of title, author, subject or text.',
  parameters: z.object({ words: z.string() }),
  execute: ({ words }, running) => {
    contextOf(running).emit({ type: 'progress_update', text: `Searching for “${words}”` });
    return JSON.stringify(search(words).map(({ id, title, author }) => ({ id, title, author })));
  },
});

const readArticle = tool({
  name: 'read_article',
  description: 'Reads a whole article.',
  parameters: z.object({ id: z.string() }),
  execute: ({ id }) => JSON.stringify(articleOf(id) ?? `There is no article ${id}.`),
});

const readPage = tool({
  name: 'read_current_page',
  description: 'Reads the article that the user has open.',
  parameters: z.object({}),
  execute: (_input, running) => {
    // The element's `context`: it comes from the page, so only the id is taken, and looked up.
    const article = articleOf(contextOf(running).page?.['article']);
    return JSON.stringify(article ?? 'The user is not reading an article.');
  },
});

/** An article as a source, or as a mention: the page shows its preview, and opens it on a click. */
const entityOf = ({ id, title, author }: Article) => ({
  id: `article:${id}`,
  title,
  description: author,
  icon: 'notebook',
  group: 'Articles',
  interactive: true,
  data: { article: id },
});

const tell = tool({
  name: 'tell',
  description: 'Says what an article reports, with the article as the source. Ends your answer.',
  parameters: z.object({ text: z.string(), article_ids: z.array(z.string()) }),
  execute: ({ text, article_ids: ids }, running) => {
    const context = contextOf(running);
    const sources = ids.map(articleOf).filter((article) => article !== undefined);
    const annotations = sources.map((article) => ({
      type: 'annotation' as const,
      source: { type: 'entity' as const, label: 'Article', ...entityOf(article) },
      index: text.length,
    }));
    context.emit(messageEvent(context.thread, text, context, annotations));
    return 'The user has read it.';
  },
});

const articleList = (shown: readonly Article[]): WidgetRoot => ({
  type: 'ListView',
  children: shown.map(({ id, title, author }) => ({
    type: 'ListViewItem',
    onClickAction: { type: 'open_article', payload: { id } },
    children: [
      { type: 'Text', value: title, weight: 'semibold' },
      { type: 'Caption', value: author },
    ],
  })),
});

const showArticles = tool({
  name: 'show_articles',
  description: 'Shows articles in a list, from which the user opens one. Ends your answer.',
  parameters: z.object({ ids: z.array(z.string()) }),
  execute: async ({ ids }, running) => {
    const shown = ids.map(articleOf).filter((article) => article !== undefined);
    const titles = shown.map(({ title }) => title).join('\n');
    await contextOf(running).streamWidget(articleList(shown), titles);
    return 'The user sees the list.';
  },
});

const dayList = (openId: string | null): WidgetRoot => ({
  type: 'ListView',
  children: happenings.map(({ id, day, title, details }) => ({
    type: 'ListViewItem',
    onClickAction: { type: 'show_details', payload: { id } },
    children: [
      { type: 'Text', value: `${day}: ${title}` },
      ...(id === openId ? [{ type: 'Caption', value: details }] : []),
    ],
  })),
});

const showEvents = tool({
  name: 'show_events',
  description: 'Shows what is on at the weekend. Ends your answer.',
  parameters: z.object({}),
  execute: async (_input, running) => {
    await contextOf(running).streamWidget(dayList(null));
    return 'The user sees the events.';
  },
});

const guide = new Agent<AgentContext>({
  name: 'News guide',
  instructions: `You guide readers through the local paper. Say only what its articles say: search, read, then tell.
“This page” is what read_current_page reads. Several articles you show with show_articles.`,
  tools: [searchArticles, readArticle, readPage, tell, showArticles],
  toolUseBehavior: { stopAtToolNames: ['tell', 'show_articles'] },
});
const eventFinder = new Agent<AgentContext>({
  name: 'Event finder',
  instructions: 'You find events in town. Show them with show_events.',
  tools: [showEvents],
  toolUseBehavior: { stopAtToolNames: ['show_events'] },
});
const puzzler = new Agent<AgentContext>({
  name: 'Puzzler',
  instructions: 'You give readers one short riddle for their coffee break, and later its solution.',
});

/** The page offers these in `composer.tools`. */
const byTool = new Map([
  ['events', eventFinder],
  ['puzzle', puzzler],
]);

const agentFor = (message: UserMessageItem | null): Agent<AgentContext> =>
  byTool.get(message?.inference_options.tool_choice?.id ?? '') ?? guide;

const hooks: AgentInputHooks = {
  tag: ({ id, text }) => {
    const article = articleOf(id.replace('article:', ''));
    if (article !== undefined) return `${text} is the article with the id ${article.id}.`;
    const own = articles.filter(({ author }) => author === text).map(({ id: each }) => each);
    return own.length > 0 ? `${text} has written: ${own.join(', ')}.` : `${text} is not known.`;
  },
};

const responder: Responder = {
  async *respond(thread, message, context) {
    thread.title ??=
      message?.content
        .map(({ text }) => text)
        .join('')
        .slice(0, 60) ?? 'News';
    const page = { limit: 40, order: 'desc' } as const;
    const { data } = await context.store.loadItems(thread.id, page, context);
    const agentContext = createAgentContext(thread, context);
    const result = await run(
      agentFor(message),
      await toAgentInput(data.reverse(), hooks, context),
      {
        stream: true,
        context: agentContext,
        signal: context.signal,
      },
    );
    yield* streamAgentResponse(agentContext, result);
  },

  async *action(thread, { type, payload }, _sender, context) {
    const { id } = await z.object({ id: z.string() }).parseAsync(payload);
    const article = articleOf(id);
    if (type !== 'open_article' || article === undefined) return;
    yield { type: 'client_effect', name: 'open_article', data: { id } };
    yield hiddenContextEvent(thread, `The user has opened the article ${id}.`, context);
    yield messageEvent(thread, `Shall I sum up “${article.title}” for you?`, context);
  },

  /** Opens an entry in its widget, without asking the model. */
  syncAction(_thread, { type, payload }, sender) {
    if (type !== 'show_details' || sender === null) return Promise.resolve({});
    const { id } = z.object({ id: z.string() }).parse(payload);
    return Promise.resolve({ updated_item: { ...sender, widget: dayList(id) } });
  },
};

export default responder;

/** For the composer's `entities.onTagSearch`: what may be mentioned. Your application answers `GET /entities` with it. */
export const searchEntities = (query: string) => [
  ...search(query).map(entityOf),
  ...[...new Set(articles.map(({ author }) => author))]
    .filter((author) => author.toLowerCase().includes(query.toLowerCase()))
    .map((author) => ({ id: `author:${author}`, title: author, icon: 'user', group: 'Authors' })),
];

/** For `entities.onRequestPreview`: what is shown when the pointer rests on a mention or a source. */
export const previewOf = (entityId: string): WidgetRoot | null => {
  const article = articleOf(entityId.replace('article:', ''));
  if (article === undefined) return null;
  const { title, text } = article;
  return {
    type: 'Card',
    children: [
      { type: 'Title', value: title },
      { type: 'Text', value: text },
    ],
  };
};
