// A map of a metro that the user and the agent extend together: AGENT_MODULE=examples/samples/metro-map.ts
import { Agent, tool } from '@openai/agents';
import {
  clientTool,
  contextOf,
  hiddenContextEvent,
  messageEvent,
  type AgentContext,
  type AgentInputHooks,
  type Annotation,
  type Responder,
  type WidgetRoot,
} from '@taskpilot-chat/server';
import { z } from 'zod';

interface Station {
  readonly id: string;
  readonly name: string;
  readonly about: string;
}

interface Line {
  readonly id: string;
  readonly name: string;
  /** In their order on the line. */
  readonly stations: readonly string[];
}

const station = (name: string, about: string): Station => ({
  id: name.toLowerCase().replaceAll(' ', '-'),
  name,
  about,
});

/** Stands in for the planners' database; one map for all of them. */
class MetroMap {
  #stations = new Map(
    [
      station('Harbour', 'Ferries, and the fish market on Fridays.'),
      station('Old Mill', 'Where both lines meet.'),
      station('Observatory', 'The last stop before the hills.'),
      station('Gardens', 'Lime trees, and a pond.'),
      station('Stadium', 'Quiet, but for Saturdays.'),
    ].map((each) => [each.id, each]),
  );
  #lines: readonly Line[] = [
    { id: 'blue', name: 'Blue line', stations: ['harbour', 'old-mill', 'observatory'] },
    { id: 'amber', name: 'Amber line', stations: ['gardens', 'old-mill', 'stadium'] },
  ];

  get all() {
    return { stations: [...this.#stations.values()], lines: this.#lines };
  }

  station = (id: string): Station | undefined => this.#stations.get(id);

  line = (id: string): Line | undefined => this.#lines.find((each) => each.id === id);

  linesOf = (id: string): string[] =>
    this.#lines.filter(({ stations }) => stations.includes(id)).map(({ name }) => name);

  /** @throws {Error} for the model, which then asks the user */
  add(lineId: string, name: string, end: 'first' | 'last'): Station {
    const line = this.line(lineId);
    if (line === undefined) throw new Error(`There is no line ${lineId}.`);
    const added = station(name.trim(), 'New, and still without stories.');
    if (this.#stations.has(added.id)) throw new Error(`There is a station ${added.name} already.`);
    this.#stations.set(added.id, added);
    const { stations } = line;
    const extended = end === 'first' ? [added.id, ...stations] : [...stations, added.id];
    this.#lines = this.#lines.map((each) =>
      each === line ? { ...each, stations: extended } : each,
    );
    return added;
  }
}

const metro = new MetroMap();

const getMap = tool({
  name: 'get_map',
  description: 'Reads the whole map: lines and stations.',
  parameters: z.object({}),
  execute: (_input, run) => {
    contextOf(run).emit({ type: 'progress_update', text: 'Reading the map' });
    return JSON.stringify(metro.all);
  },
});

/** Runs in the page: the canvas knows what the user has selected. */
const getSelection = clientTool({
  name: 'get_selected_stations',
  description: 'Reads the ids of the stations that the user has selected on the canvas.',
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
});

/** Runs in the page as well, and changes it. */
const select = clientTool({
  name: 'select_stations',
  description: 'Selects stations on the canvas, so that the user sees which are meant.',
  parameters: {
    type: 'object',
    properties: { ids: { type: 'array', items: { type: 'string' } } },
    required: ['ids'],
    additionalProperties: false,
  },
});

/** A station in a text, which the page opens on the canvas when it is clicked. */
const cite = ({ id, name, about }: Station, text: string): Annotation => {
  const at = text.indexOf(name);
  return {
    type: 'annotation',
    source: {
      type: 'entity',
      id,
      title: name,
      description: about,
      icon: 'map-pin',
      label: 'Station',
      interactive: true,
      data: { type: 'station', station_id: id },
    },
    ...(at >= 0 && { index: at + name.length }),
  };
};

const planRoute = tool({
  name: 'plan_route',
  description:
    'Shows a route with its stations, in one sentence that names each. Ends your answer.',
  parameters: z.object({ station_ids: z.array(z.string()), text: z.string() }),
  execute: ({ station_ids: ids, text }, run) => {
    const context = contextOf(run);
    const stations = ids.map(metro.station).filter((each) => each !== undefined);
    const annotations = stations.map((each) => cite(each, text));
    context.emit(messageEvent(context.thread, text, context, annotations));
    return 'The user sees the route.';
  },
});

const lineList = (chosen: string | null): WidgetRoot => ({
  type: 'ListView',
  children: metro.all.lines.map(({ id, name }) => ({
    type: 'ListViewItem',
    ...(chosen === null && { onClickAction: { type: 'line.select', payload: { id } } }),
    children: [
      { type: 'Icon', name: id === chosen ? 'check' : 'dot' },
      { type: 'Text', value: name },
    ],
  })),
});

const askForLine = tool({
  name: 'ask_for_line',
  description: 'Lets the user choose a line in a list. Ends your answer.',
  parameters: z.object({ question: z.string() }),
  execute: async ({ question }, run) => {
    const context = contextOf(run);
    context.emit(messageEvent(context.thread, question, context));
    await context.streamWidget(lineList(null));
    return 'The user sees the lines.';
  },
});

const addStation = tool({
  name: 'add_station',
  description: 'Adds a station to the first or last place of a line.',
  parameters: z.object({ line_id: z.string(), name: z.string(), end: z.enum(['first', 'last']) }),
  execute: ({ line_id: lineId, name, end }, run) => {
    const { id } = metro.add(lineId, name, end);
    contextOf(run).emit({
      type: 'client_effect',
      name: 'show_map',
      data: { map: metro.all, focus: id },
    });
    return JSON.stringify({ id, line: metro.line(lineId) });
  },
});

export default new Agent<AgentContext>({
  name: 'Metro planner',
  instructions: `You help planners with the map of a metro, in short answers.
- Read the map before you speak of stations. Show each route with plan_route.
- Who wants to add a station is asked for the line with ask_for_line, unless the line is known, then for name and end.
- What the user calls selected you read with get_selected_stations.
- Name stations and lines, never their ids.`,
  tools: [getMap, getSelection, select, planRoute, askForLine, addStation],
  toolUseBehavior: { stopAtToolNames: ['plan_route', 'ask_for_line'] },
});

export const input: AgentInputHooks = {
  /** What the page says about a station is not trusted: the map is asked. */
  tag: ({ id, text }) => {
    const found = metro.station(id);
    return found === undefined
      ? `There is no station ${text}.`
      : { ...found, lines: metro.linesOf(id) };
  },
};

/** The stations for the composer’s `entities.onTagSearch`: answer `GET /stations?q=…` of your application with it. */
export const searchStations = (query: string) =>
  metro.all.stations
    .filter(({ name }) => name.toLowerCase().includes(query.trim().toLowerCase()))
    .map(({ id, name }) => ({
      id,
      title: name,
      icon: 'map-pin',
      group: 'Stations',
      interactive: true,
    }));

const LineChoice = z.object({ id: z.string() });

export const action: Responder['action'] = async function* (
  thread,
  { type, payload },
  sender,
  context,
) {
  if (type !== 'line.select') return;
  const { id } = await LineChoice.parseAsync(payload);
  const line = metro.line(id);
  if (line === undefined || sender === null) return;
  yield { type: 'thread.item.replaced', item: { ...sender, widget: lineList(id) } };
  yield hiddenContextEvent(thread, `The user has chosen the line ${id}.`, context);
  const question = `Shall it be the first or the last station of the ${line.name}?`;
  yield messageEvent(thread, question, context);
  // The page then lets the user click an end of the line.
  yield { type: 'client_effect', name: 'choose_end', data: { line_id: id } };
};
