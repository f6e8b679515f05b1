/** Workflows as Agent Builder exports them, each with what a visitor gets from the ChatKit server. */
import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import type { StructuredInputItem, ThreadStreamEvent } from '../chatkit/index.js';
import { add, create, Harness } from '../chatkit/test/harness.js';
import { newResponse, responseEvents, type Output } from '../testing/responses.js';
import type { ApprovalPolicy } from './approvals.js';
import { createResponder } from './create-responder.js';
import { Deferred } from './test/agent-harness.js';
import { collectFailures, outline, textsOf } from './test/conversation.js';
import { text, useFakeModel, type ModelRequest } from './test/fake-model.js';
import { nodeImport, useModuleFolder } from './test/module-folder.js';

const model = await useFakeModel();
const folder = await useModuleFolder();

/** Who speaks, by the first words of an agent's instructions. */
const agentOf = ({ body }: ModelRequest): string => body.instructions?.split(' ')[0] ?? '';

const item = (value: object): Output => ({ type: 'item', item: value as ResponseOutputItem });

interface Chat {
  readonly harness: Harness;
  readonly failures: ReturnType<typeof collectFailures>['failures'];
}

async function open(module: string, approvals: ApprovalPolicy = 'ask'): Promise<Chat> {
  const { failures, onFailure } = collectFailures();
  const { responder } = await createResponder(
    { module, model: undefined, instructions: undefined },
    {
      openai: { apiKey: 'sk-test', baseUrl: model.baseUrl },
      onFailure,
      titles: 'first-words',
      approvals,
      load: { folder: folder.path, importModule: nodeImport },
    },
  );
  const harness = new Harness();
  harness.responder.answer = (...asked) => responder.respond(...asked);
  return { harness, failures };
}

const openExport = async (name: string, approvals?: ApprovalPolicy) =>
  open(await folder.compile(`agent-builder-${name}.ts`, `${name}.mjs`), approvals);

/** The outline of an answer, without what comes before it and the thread's title. */
const answerOutline = (events: readonly ThreadStreamEvent[]): string[] =>
  outline(events.filter(({ type }) => type !== 'thread.updated')).slice(
    events.findIndex(({ type }) => type === 'stream_options') + 1,
  );

const message = [
  'thread.item.added assistant_message',
  'assistant_message.content_part.added',
  'assistant_message.content_part.text_delta',
  'assistant_message.content_part.done',
  'thread.item.done assistant_message',
];

describe('A1: an exported workflow, unchanged,', () => {
  it('of one agent streams its thoughts and its text', async () => {
    const { harness, failures } = await openExport('export');
    model.script = (_request, reply) =>
      reply.outputs({ type: 'reasoning', summaries: ['Thinking.'] }, text('Two words.'));
    const events = await harness.stream(create('Hi'));
    expect(failures).toEqual([]);
    expect(answerOutline(events)).toEqual([
      'thread.item.added workflow',
      'workflow.task.added',
      'workflow.task.updated',
      'thread.item.done workflow',
      ...message,
    ]);
    expect(textsOf(events)).toEqual(['Two words.']);
  });

  it('of three agents shows what each has said, and stores it in this order', async () => {
    const { harness } = await openExport('chain');
    model.script = (request, reply) => reply.outputs(text(`${agentOf(request)} said.`));
    const events = await harness.stream(create('Hi'));
    expect(answerOutline(events)).toEqual([...message, ...message, ...message]);
    expect(textsOf(events)).toEqual(['Collect said.', 'Make said.', 'Say said.']);
    const [threadId = ''] = await harness.threadIds();
    expect(await harness.history(threadId)).toEqual([
      'user: Hi',
      'assistant: Collect said.',
      'assistant: Make said.',
      'assistant: Say said.',
    ]);
  });

  it('shows its first word before the model has finished, in each of its agents', async () => {
    const { harness } = await openExport('chain');
    const heard = new Map<string, Deferred>();
    const deferred = (agent: string) => {
      const known = heard.get(agent) ?? new Deferred();
      heard.set(agent, known);
      return known;
    };
    model.script = async (request, reply) => {
      const agent = agentOf(request);
      const all = [...responseEvents(newResponse(request.body, 1), [text(`${agent} said.`)])];
      const cut = all.findIndex(({ type }) => type === 'response.output_text.delta') + 1;
      reply.begin(all.slice(0, cut));
      // The model goes on only when the visitor has its first word.
      await deferred(agent).promise;
      for (const event of all.slice(cut)) {
        reply.raw.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      }
      reply.raw.end();
    };
    for await (const event of await harness.open(create('Hi'))) {
      if (event.type !== 'thread.item.updated') continue;
      if (event.update.type !== 'assistant_message.content_part.text_delta') continue;
      deferred(event.update.delta.trim()).resolve();
    }
    const [threadId = ''] = await harness.threadIds();
    expect(await harness.history(threadId)).toHaveLength(4);
  });

  it('with a classifier shows the branch alone, and not the JSON of the classifier', async () => {
    const { harness } = await openExport('classifier');
    model.script = (request, reply) =>
      reply.outputs(text(agentOf(request) === 'Classify' ? '{"category":"tasks"}' : 'Added.'));
    const events = await harness.stream(create('Add water'));
    expect(answerOutline(events)).toEqual(message);
    expect(textsOf(events)).toEqual(['Added.']);
  });

  it('with searches shows them as steps, and the sources as annotations', async () => {
    const { harness } = await openExport('search');
    model.script = (_request, reply) =>
      reply.outputs(
        item({
          type: 'web_search_call',
          id: 'ws_1',
          status: 'completed',
          action: { type: 'search', query: 'water', queries: ['water'], sources: [] },
        }),
        item({
          type: 'file_search_call',
          id: 'fs_1',
          status: 'completed',
          queries: ['water'],
          results: [{ filename: 'water.pdf' }],
        }),
        {
          type: 'message',
          text: 'It is wet.',
          citations: [{ url: 'https://example.com/water', title: 'Water' }],
        },
      );
    const events = await harness.stream(create('Is water wet?'));
    expect(answerOutline(events)).toEqual([
      'thread.item.added workflow',
      'workflow.task.updated',
      'workflow.task.added',
      'workflow.task.updated',
      'thread.item.done workflow',
      'thread.item.added assistant_message',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.annotation_added',
      'assistant_message.content_part.done',
      'thread.item.done assistant_message',
    ]);
    expect(events.at(-1)).toMatchObject({
      item: {
        content: [{ annotations: [{ source: { type: 'url', url: 'https://example.com/water' } }] }],
      },
    });
  });

  it('with agents that speak at once shows one after the other', async () => {
    const { harness } = await openExport('parallel');
    const both = new Deferred();
    model.script = async (request, reply) => {
      if (model.requests.length === 2) both.resolve();
      await both.promise;
      reply.outputs(text(request.body.instructions === 'List the facts.' ? 'Facts.' : 'Risks.'));
    };
    const events = await harness.stream(create('Hi'));
    expect(answerOutline(events)).toEqual([...message, ...message]);
    expect(textsOf(events).sort()).toEqual(['Facts.', 'Risks.']);
  });

  it('that loops says each draft, and nothing of its state', async () => {
    const { harness } = await openExport('loop');
    let round = 0;
    model.script = (request, reply) => {
      const isDraft = agentOf(request) === 'Write';
      if (isDraft) round += 1;
      reply.outputs(text(isDraft ? `Draft ${round}.` : JSON.stringify({ good: round === 2 })));
    };
    const events = await harness.stream(create('Hi'));
    expect(answerOutline(events)).toEqual([...message, ...message]);
    expect(textsOf(events)).toEqual(['Draft 1.', 'Draft 2.']);
  });

  it('shows nothing of an agent that is used as a tool', async () => {
    await folder.write(
      'agent-tool.mjs',
      `import { Agent, Runner } from '@openai/agents';
       const inner = new Agent({ name: 'Inner', instructions: 'Inner', model: 'gpt-4.1' });
       const outer = new Agent({ name: 'Outer', instructions: 'Outer', model: 'gpt-4.1',
         tools: [inner.asTool({ toolName: 'ask_inner', toolDescription: 'Asks.' })] });
       export const runWorkflow = async ({ input_as_text }) => {
         const { finalOutput } = await new Runner().run(outer, input_as_text);
         return { output_text: finalOutput };
       };`,
    );
    const { harness, failures } = await open('agent-tool.mjs');
    model.script = (request, reply) => {
      if (agentOf(request) === 'Inner') reply.outputs(text('Not for the visitor.'));
      else if (request.body.input.length > 1) reply.outputs(text('For the visitor.'));
      else {
        reply.outputs({ type: 'function_call', name: 'ask_inner', arguments: '{"input":"?"}' });
      }
    };
    const events = await harness.stream(create('Hi'));
    expect(failures).toEqual([]);
    expect(textsOf(events)).toEqual(['For the visitor.']);
    expect(answerOutline(events)).toEqual([
      'thread.item.added workflow',
      'workflow.task.updated',
      'thread.item.done workflow',
      ...message,
    ]);
  });

  it('gives its agents in the next turn what they have said before', async () => {
    const { harness } = await openExport('chain');
    model.script = (request, reply) => reply.outputs(text(`${agentOf(request)} said.`));
    const threadId = await harness.newThread('One');
    await harness.stream(add(threadId, 'Two'));
    expect(model.requests.map(({ body }) => body.input.length)).toEqual([1, 2, 3, 5, 6, 7]);
  });
});

/** The sources of finished messages. */
const citationsOf = (events: readonly ThreadStreamEvent[]) =>
  events.flatMap((event) =>
    'item' in event && event.type !== 'thread.item.added' && event.item.type === 'assistant_message'
      ? event.item.content.flatMap(({ annotations }) => annotations.map(({ source }) => source))
      : [],
  );

describe('A2: a workflow whose last agent gives JSON', () => {
  it('is said by its text field', async () => {
    const { harness } = await openExport('json');
    const answer = {
      output_text: 'Water is wet.',
      citations: [{ title: 'Water', url: 'https://example.com' }],
    };
    model.script = (_request, reply) => reply.outputs(text(JSON.stringify(answer)));
    const events = await harness.stream(create('Hi'));
    expect(textsOf(events)).toEqual(['Water is wet.']);
    expect(answerOutline(events)).toEqual([
      ...message.slice(0, 3),
      'assistant_message.content_part.annotation_added',
      ...message.slice(3),
    ]);
    expect(citationsOf(events)).toEqual([
      { type: 'url', title: 'Water', url: 'https://example.com' },
    ]);
  });

  it('adds the sources of its result to what an agent has said already', async () => {
    const name = await folder.compile('agent-builder-export.ts', 'cited.mjs');
    const source = await folder.read(name);
    const cited = source.replace(
      /(output_text: \w+\.finalOutput \?\? "")/,
      '$1, citations: ["https://example.com/a", { filename: "wet.pdf" }, "javascript:alert(1)"]',
    );
    expect(cited).not.toBe(source);
    await folder.write(name, cited);
    const { harness, failures } = await open(name);
    model.script = (_request, reply) => reply.outputs(text('Water is wet.'));
    const events = await harness.stream(create('Hi'));
    expect(failures).toEqual([]);
    expect(textsOf(events)).toEqual(['Water is wet.']);
    const replaced = events.filter(({ type }) => type === 'thread.item.replaced');
    expect(citationsOf(replaced)).toEqual([
      { type: 'url', title: 'example.com', url: 'https://example.com/a' },
      { type: 'file', title: 'wet.pdf', filename: 'wet.pdf' },
    ]);
    const [threadId = ''] = await harness.threadIds();
    expect(await harness.history(threadId)).toEqual(['user: Hi', 'assistant: Water is wet.']);
  });

  it.each([
    ['export const answer = ({ a }) => `It is ${a}.`;', ['It is yes.']],
    ['export const answer = async ({ b }) => b;', ['b']],
    ['export const answer = () => undefined;', ['yes\n\nb']],
    ['', ['yes\n\nb']],
  ])('is said as the module says, or by its texts: %s', async (answer, texts) => {
    const name = await folder.write(
      `answer-${Math.random().toString(36).slice(2)}.mjs`,
      `export const runWorkflow = async () => ({ a: 'yes', b: 'b', c: [1] });\n${answer}`,
    );
    const { harness } = await open(name);
    expect(textsOf(await harness.stream(create('Hi')))).toEqual(texts);
  });
});

describe('The `answer` of a module', () => {
  it('gets the whole result, is not asked of a failed run, and may fail itself', async () => {
    const name = await folder.write(
      'answer-fails.mjs',
      `export const runWorkflow = async ({ input_as_text: text }) => {
         if (text === 'fail') throw new Error('in the workflow');
         return { output_text: 'unused', steps: [{ text }] };
       };
       export const answer = ({ steps: [{ text }] }) => {
         if (text === 'wrong') throw new Error('in the answer');
         return 'You wrote ' + text;
       };`,
    );
    const { harness, failures } = await open(name);
    expect(textsOf(await harness.stream(create('Hi')))).toEqual(['You wrote Hi']);
    for (const text of ['fail', 'wrong']) await harness.stream(create(text));
    expect(failures.map(([{ cause }]) => (cause as Error).message)).toEqual([
      'in the workflow',
      'in the answer',
    ]);
  });
});

describe('A13: an answer that breaks off', () => {
  it('keeps what was shown, and may be tried again', async () => {
    const { harness, failures } = await openExport('export');
    model.script = ({ body }, reply) => {
      const all = [...responseEvents(newResponse(body, 1), [text('Half of an answer')])];
      reply.events(all.slice(0, 6));
    };
    const events = await harness.stream(create('Hi'));
    expect(events.find(({ type }) => type === 'error')).toMatchObject({ allow_retry: true });
    expect(failures).toHaveLength(1);
    const [threadId = ''] = await harness.threadIds();
    expect(await harness.history(threadId)).toEqual(['user: Hi', 'assistant: Half of ']);
  });
});

/** The question at the end of an answer. */
function questionOf(events: readonly ThreadStreamEvent[]): StructuredInputItem {
  for (const event of events) {
    if (event.type === 'thread.item.done' && event.item.type === 'structured_input') {
      return event.item;
    }
  }
  throw new Error('Nothing was asked.');
}

/** Answers the question as ChatKit does. */
async function decide(harness: Harness, question: StructuredInputItem, value: string | null) {
  const answers = { approval_1: { values: value === null ? [] : [value] } };
  const params = {
    ...{ thread_id: question.thread_id, item_id: question.id },
    input: { status: value === null ? 'skipped' : 'answered', answers },
  };
  return harness.stream({ type: 'threads.add_structured_input', params });
}

const approvalItem = item({
  type: 'mcp_approval_request',
  id: 'mcpr_1',
  server_label: 'tracker',
  name: 'close_task',
  arguments: '{"id":"7"}',
});

describe('A3: an approval', () => {
  it.each([
    ['Allow', 'closed 7'],
    ['Decline', 'not approved'],
    [null, 'not approved'],
  ])('of a tool is asked of the visitor, and the run goes on: %s', async (value, output) => {
    const { harness, failures } = await openExport('tool');
    model.script = ({ body }, reply) => {
      const result = body.input.find(({ type }) => type === 'function_call_output');
      if (result === undefined) {
        reply.outputs(text('I close it.'), {
          ...{ type: 'function_call', name: 'closeTask', arguments: '{"id":"7"}' },
        });
      } else reply.outputs(text(`The tool says: ${JSON.stringify(result['output'])}`));
    };
    const asked = await harness.stream(create('Close it'));
    expect(failures).toEqual([]);
    const question = questionOf(asked);
    expect(question.inputs[0]?.question).toBe('Allow “Close task”?\n{"id":"7"}');
    const events = await decide(harness, question, value);
    expect(failures).toEqual([]);
    expect(textsOf(events).join()).toContain(output);
    expect(textsOf([...asked, ...events])).toHaveLength(2);
    expect(model.requests).toHaveLength(2);
    const history = await harness.history(question.thread_id);
    expect(history.filter((line) => line.startsWith('assistant: I close it.'))).toHaveLength(1);
  });

  it.each([true, false])('of an MCP server is asked, and the run goes on: %s', async (approve) => {
    const { harness, failures } = await openExport('mcp');
    model.script = (request, reply) => {
      const given = request.body.input.find(({ type }) => type === 'mcp_approval_response');
      if (agentOf(request) === 'Say') reply.outputs(text('I close it.'));
      else if (given === undefined) reply.outputs(approvalItem);
      else reply.outputs(text(given['approve'] === true ? 'Closed.' : 'Not closed.'));
    };
    const question = questionOf(await harness.stream(create('Close it')));
    expect(question.inputs[0]?.question).toBe('Allow “Close task” (tracker)?\n{"id":"7"}');
    const events = await decide(harness, question, approve ? 'Allow' : 'Decline');
    expect(failures).toEqual([]);
    expect(textsOf(events)).toEqual([approve ? 'Closed.' : 'Not closed.']);
    // The first agent is not asked again.
    expect(model.requests.map(agentOf)).toEqual(['Say', 'Work', 'Work']);
  });

  it('is given without a question where the operator lets all pass', async () => {
    const { harness, failures } = await openExport('mcp', 'allow');
    model.script = (request, reply) => {
      const given = request.body.input.find(({ type }) => type === 'mcp_approval_response');
      if (agentOf(request) === 'Say') reply.outputs(text('I close it.'));
      else reply.outputs(given === undefined ? approvalItem : text('Closed.'));
    };
    const events = await harness.stream(create('Close it'));
    expect(failures).toEqual([]);
    expect(textsOf(events)).toEqual(['I close it.', 'Closed.']);
  });

  it.each([
    ['Allow', 'closed 7'],
    ['Decline', 'not approved'],
  ])('is asked for an agent in place of a workflow: %s', async (value, output) => {
    const name = await folder.write(
      `approving-${value}.mjs`,
      `import { Agent, tool } from '@openai/agents';
       const closeTask = tool({ name: 'close_task', description: 'Closes a task.', needsApproval: true,
         strict: false,
         parameters: { type: 'object', properties: {}, required: [], additionalProperties: true },
         execute: async ({ id }, { context }) => \`closed \${id} for \${context.user}\` });
       export default new Agent({ name: 'Closer', instructions: 'Close tasks.', model: 'gpt-4.1', tools: [closeTask] });`,
    );
    const { harness, failures } = await open(name);
    model.script = ({ body }, reply) => {
      const result = body.input.find(({ type }) => type === 'function_call_output');
      if (result !== undefined) reply.outputs(text(JSON.stringify(result['output'])));
      else {
        reply.outputs({ type: 'function_call', name: 'close_task', arguments: '{"id":"7"}' });
      }
    };
    const question = questionOf(await harness.stream(create('Close it')));
    const [hidden] = (
      await harness.store.loadItems(
        question.thread_id,
        { limit: 9, order: 'asc' },
        { user: 'alice' },
      )
    ).data.filter(({ type }) => type === 'hidden_context_item');
    expect(JSON.stringify(hidden)).not.toContain('requestId');
    const events = await decide(harness, question, value);
    expect(failures).toEqual([]);
    expect(textsOf(events).join()).toContain(output);
    expect(await harness.history(question.thread_id)).toEqual([
      'user: Close it',
      'workflow',
      'structured_input',
      'hidden_context_item',
      'workflow',
      expect.stringContaining(output),
    ]);
    // What the tool has said is known in the next turn.
    await harness.stream(add(question.thread_id, 'Thanks'));
    expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain(output);
  });

  it('of an export’s own `approvalRequest` passes as its empty function says', async () => {
    const { harness } = await openExport('approval');
    model.script = ({ body }, reply) => reply.outputs(text(body.instructions ?? ''));
    expect(textsOf(await harness.stream(create('Hi')))).toEqual([
      'Write the mail.',
      'Say that the mail is on its way.',
    ]);
  });

  it.each([
    ['Allow', 'Say that the mail is on its way.'],
    ['Decline', 'Say that the mail is thrown away.'],
  ])('of `workflow.approvalRequest` decides about the branch: %s', async (value, said) => {
    const name = await folder.compile('agent-builder-approval.ts', 'approval-asks.mjs');
    const source = await folder.read(name);
    await folder.write(
      name,
      source.replace('if (approvalRequest(', 'if (workflow.approvalRequest('),
    );
    const { harness, failures } = await open(name);
    model.script = ({ body }, reply) => reply.outputs(text(body.instructions ?? ''));
    const question = questionOf(await harness.stream(create('Hi')));
    expect(question.inputs[0]?.question).toBe('Send this mail? Write the mail.');
    expect(textsOf(await decide(harness, question, value))).toEqual([said]);
    expect(failures).toEqual([]);
    expect(model.requests).toHaveLength(2);
  });

  it('is no longer waited for when the visitor writes something else', async () => {
    const { harness, failures } = await openExport('mcp');
    model.script = (request, reply) => {
      if (agentOf(request) === 'Say') reply.outputs(text('I close it.'));
      else if (model.requests.length > 2) reply.outputs(text('Then not.'));
      else reply.outputs(approvalItem);
    };
    const question = questionOf(await harness.stream(create('Close it')));
    const events = await harness.stream(add(question.thread_id, 'Never mind'));
    expect(failures).toEqual([]);
    expect(textsOf(events)).toEqual(['I close it.', 'Then not.']);
  });
});
