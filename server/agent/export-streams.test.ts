/** What a visitor gets of each export in examples/agents: every event, and when the first one comes. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Task, ThreadItem, ThreadStreamEvent } from '../chatkit/index.js';
import { create, Harness } from '../chatkit/test/harness.js';
import { newResponse, responseEvents, type Output } from '../testing/responses.js';
import { createResponder } from './create-responder.js';
import { Deferred } from './test/agent-harness.js';
import { text, useFakeModel, type ModelRequest } from './test/fake-model.js';
import { nodeImport, useModuleFolder } from './test/module-folder.js';

const model = await useFakeModel();
const folder = await useModuleFolder();

const item = (value: object): Output => ({ type: 'item', item: value as ResponseOutputItem });

function wordsOfTask(task: Task): string {
  switch (task.type) {
    case 'thought':
      return task.content;
    case 'web_search':
      return (task.queries ?? []).join();
    case 'file':
      return (task.sources ?? []).map(({ filename }) => filename).join();
    default:
      return task.title ?? '';
  }
}

/** The words of an item. */
function wordsOf(shown: ThreadItem): string {
  switch (shown.type) {
    case 'assistant_message':
      return shown.content.map(({ text: words }) => words).join(' | ');
    case 'workflow':
      return shown.workflow.tasks.map((task) => `${task.type} ${wordsOfTask(task)}`).join(', ');
    case 'structured_input':
      return shown.inputs.map(({ question }) => question).join(' | ');
    default:
      return '';
  }
}

/** An event as a line. */
function lineOf(event: ThreadStreamEvent): string {
  switch (event.type) {
    case 'thread.item.added':
    case 'thread.item.done':
      return `${event.type.slice(12)} ${event.item.type}: ${wordsOf(event.item)}`;
    case 'thread.item.updated': {
      const { update } = event;
      if (update.type === 'assistant_message.content_part.text_delta') return `“${update.delta}”`;
      if (update.type === 'assistant_message.content_part.annotation_added') {
        return `source ${update.annotation.source.title}`;
      }
      if (!('task' in update)) return update.type.split('.').slice(1).join('.');
      const { task } = update;
      return `${update.type.slice(9)} ${task.type} ${wordsOfTask(task)}: ${task.status_indicator}`;
    }
    default:
      return event.type;
  }
}

/** What a request is answered with that has no agent: of guardrails. */
const guardrails: Readonly<Record<string, object>> = {
  '/v1/moderations': {
    id: 'modr_1',
    model: 'omni-moderation-latest',
    results: [{ flagged: false }],
  },
  '/v1/chat/completions': {
    ...{ id: 'chatcmpl_1', object: 'chat.completion', created: 1, model: 'gpt-4.1-mini' },
    choices: [
      {
        ...{ index: 0, finish_reason: 'stop' },
        message: { role: 'assistant', content: '{"flagged":false}', refusal: null },
      },
    ],
  },
};

/** Events of a model that a visitor can see. */
const isShown = ({ type }: { readonly type: string }): boolean =>
  type === 'response.output_text.delta' || type === 'response.reasoning_summary_text.delta';

/** An answer that is never shown: of a classifier, say. */
const isStructured = ({ body }: ModelRequest): boolean =>
  (body['text'] as { format?: { type: string } } | undefined)?.format?.type === 'json_schema';

interface Shown {
  readonly lines: readonly string[];
  /** How many requests the model had answered in full when the visitor got the first item. */
  readonly answeredBefore: number;
}

/** Runs an export. A model that speaks goes on after its first word when the visitor has got an item. */
async function run(
  name: string,
  answer: (request: ModelRequest) => readonly Output[],
): Promise<Shown> {
  const seen = new Deferred();
  let answered = 0;
  model.script = async (request, reply) => {
    const fixed = guardrails[request.path];
    if (fixed !== undefined) {
      reply.raw.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(fixed));
    } else {
      const events = [...responseEvents(newResponse(request.body, 1), answer(request))];
      const cut = isStructured(request) ? 0 : events.findIndex(isShown) + 1;
      reply.begin(events.slice(0, cut));
      if (cut > 0) await seen.promise;
      for (const event of events.slice(cut)) {
        reply.raw.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      }
      reply.raw.end();
    }
    answered += 1;
  };
  // Of the export's own client.
  vi.stubEnv('OPENAI_BASE_URL', model.baseUrl);
  vi.stubEnv('OPENAI_API_KEY', 'sk-test');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { responder } = await createResponder(
    {
      module: await folder.compile(`agent-builder-${name}.ts`, `${name}.mjs`),
      model: undefined,
      instructions: undefined,
    },
    {
      openai: { apiKey: 'sk-test', baseUrl: model.baseUrl },
      onFailure: (failure) => {
        throw failure;
      },
      titles: 'first-words',
      load: { folder: folder.path, importModule: nodeImport },
    },
  );
  const harness = new Harness();
  harness.responder.answer = (...asked) => responder.respond(...asked);
  const lines: string[] = [];
  let answeredBefore: number | null = null;
  let isAnswer = false;
  for await (const event of await harness.open(create('Hi'))) {
    if (isAnswer) lines.push(lineOf(event));
    isAnswer ||= event.type === 'stream_options';
    if (!isAnswer || !event.type.startsWith('thread.item.')) continue;
    answeredBefore ??= answered;
    seen.resolve();
  }
  if (answeredBefore === null) throw new Error('Nothing was shown.');
  return { lines, answeredBefore };
}

const byAgent =
  (answers: Readonly<Record<string, readonly Output[]>>) =>
  ({ body }: ModelRequest): readonly Output[] =>
    answers[body.instructions?.split(' ')[0] ?? ''] ?? [];

/** The lines of a message that streams. */
const message = (...words: string[]): string[] => [
  'added assistant_message: ',
  'content_part.added',
  ...words.map((word) => `“${word}”`),
  'content_part.done',
  `done assistant_message: ${words.join('')}`,
];

/** The title comes after the first event. */
const titled = ([first = '', ...rest]: string[]): string[] => [first, 'thread.updated', ...rest];

interface Case {
  readonly answer: (request: ModelRequest) => readonly Output[];
  readonly answeredBefore: number;
  readonly lines: readonly string[];
}

const searches = [
  item({
    ...{ type: 'web_search_call', id: 'ws_1', status: 'completed' },
    action: { type: 'search', query: 'water', queries: ['water'], sources: [] },
  }),
  item({
    ...{ type: 'file_search_call', id: 'fs_1', status: 'completed', queries: ['water'] },
    results: [{ filename: 'water.pdf' }],
  }),
];

const approvalRequest = item({
  ...{ type: 'mcp_approval_request', id: 'mcpr_1', server_label: 'tracker', name: 'close_task' },
  arguments: '{"id":"7"}',
});

const cases: Readonly<Record<string, Case>> = {
  export: {
    answer: () => [{ type: 'reasoning', summaries: ['Thinking.'] }, text('Two words.')],
    answeredBefore: 0,
    lines: titled([
      'added workflow: ',
      'task.added thought Thinking.: none',
      'task.updated thought Thinking.: none',
      'done workflow: thought Thinking.',
      ...message('Two ', 'words.'),
    ]),
  },
  chain: {
    answer: byAgent({
      Collect: [text('Milk, bread.')],
      Make: [text('Buy both.')],
      Say: [text('Buy milk.')],
    }),
    answeredBefore: 0,
    lines: titled([
      ...message('Milk, ', 'bread.'),
      ...message('Buy ', 'both.'),
      ...message('Buy ', 'milk.'),
    ]),
  },
  classifier: {
    answer: byAgent({ Classify: [text('{"category":"tasks"}')], You: [text('Added it.')] }),
    answeredBefore: 1,
    lines: titled(message('Added ', 'it.')),
  },
  search: {
    answer: () => [
      ...searches,
      {
        ...{ type: 'message', text: 'It is wet.' },
        citations: [{ url: 'https://example.com/water', title: 'Water' }],
      },
    ],
    answeredBefore: 0,
    lines: titled([
      'added workflow: web_search water',
      'task.updated web_search water: complete',
      'task.added file water.pdf: loading',
      'task.updated file water.pdf: complete',
      'done workflow: web_search water, file water.pdf',
      ...message('It ', 'is ', 'wet.').toSpliced(-2, 0, 'source Water'),
    ]),
  },
  parallel: {
    answer: byAgent({ List: [text('Two words.')] }),
    answeredBefore: 0,
    lines: titled([...message('Two ', 'words.'), ...message('Two ', 'words.')]),
  },
  loop: {
    answer: byAgent({ Write: [text('A draft.')], Say: [text('{"good":true}')] }),
    answeredBefore: 0,
    lines: titled(message('A ', 'draft.')),
  },
  // Its text is known when the JSON is complete.
  json: {
    answer: () => [text('{"output_text":"Water is wet.","citations":[]}')],
    answeredBefore: 1,
    lines: titled(message('Water is wet.')),
  },
  tool: {
    answer: () => [
      text('I close it.'),
      { type: 'function_call', name: 'closeTask', arguments: '{"id":"7"}' },
    ],
    answeredBefore: 0,
    lines: titled([
      ...message('I ', 'close ', 'it.'),
      'added workflow: custom Close task',
      'done workflow: custom Close task',
      'done structured_input: Allow “Close task”?\n{"id":"7"}',
    ]),
  },
  mcp: {
    answer: byAgent({ Say: [text('I close it.')], Work: [approvalRequest] }),
    answeredBefore: 0,
    lines: titled([
      ...message('I ', 'close ', 'it.'),
      'done structured_input: Allow “Close task” (tracker)?\n{"id":"7"}',
    ]),
  },
  approval: {
    answer: byAgent({ Write: [text('Dear Ann.')], Say: [text('It is sent.')] }),
    answeredBefore: 0,
    lines: titled([...message('Dear ', 'Ann.'), ...message('It ', 'is ', 'sent.')]),
  },
  // Both guardrails are asked first.
  guardrails: {
    answer: () => [text('Added it.')],
    answeredBefore: 2,
    lines: titled(message('Added ', 'it.')),
  },
  'no-end': {
    answer: byAgent({
      Rewrite: [text('{"question":"What is open?"}')],
      You: [text('Nothing is open.')],
    }),
    answeredBefore: 1,
    lines: titled(message('Nothing ', 'is ', 'open.')),
  },
};

it.each(Object.entries(cases))(
  'A1: the export “%s” streams these events, the first one at this time',
  async (name, { answer, ...expected }) => {
    expect(await run(name, answer)).toEqual(expected);
  },
);

it('every export in examples/agents is among them', async () => {
  const files = await readdir(join(import.meta.dirname, '../../examples/agents'));
  const names = files.flatMap((file) => /^agent-builder-(.+)\.ts$/.exec(file)?.[1] ?? []);
  expect(names.sort()).toEqual(Object.keys(cases).sort());
});
