import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Responder } from '../chatkit/index.js';
import { createResponder } from './create-responder.js';
import { Deferred } from './test/agent-harness.js';
import { startFakeModel, text, useFakeModel } from './test/fake-model.js';
import { nodeImport, useModuleFolder } from './test/module-folder.js';
import {
  collectFailures,
  Conversation,
  outline,
  textsOf,
  type Failures,
} from './test/conversation.js';

const model = await useFakeModel();
const folder = await useModuleFolder();

interface Loaded {
  readonly responder: Responder;
  readonly failures: Failures;
}

interface LoadOptions {
  readonly onUsage?: () => void;
  readonly deadlineMs?: number;
  readonly apiKey?: string;
  readonly baseUrl?: string;
}

async function load(
  module: string,
  { deadlineMs = 10_000, apiKey = 'sk-test', baseUrl = model.baseUrl, onUsage }: LoadOptions = {},
): Promise<Loaded> {
  const { failures, onFailure } = collectFailures();
  const { responder, kind } = await createResponder(
    { module, model: undefined, instructions: undefined },
    {
      openai: { apiKey, baseUrl },
      onFailure,
      ...(onUsage && { onUsage }),
      deadlineMs,
      load: { folder: folder.path, importModule: nodeImport },
    },
  );
  expect(kind).toBe('workflow');
  return { responder, failures };
}

const loadSource = (text: string, options?: LoadOptions) =>
  folder
    .write(`workflow-${Math.random().toString(36).slice(2)}.mjs`, text)
    .then((name) => load(name, options));

describe.each(['export.mjs', 'export.cjs'])('Agent Builder’s export, unchanged, as %s', (name) => {
  it('answers with our key, at our address, and tells its tokens', async () => {
    const onUsage = vi.fn();
    const { responder, failures } = await load(
      await folder.compile('agent-builder-export.ts', name),
      { onUsage },
    );
    const conversation = new Conversation();
    const events = await conversation.say(responder, 'Hi there');
    expect(failures).toEqual([]);
    expect(textsOf(events)).toEqual(['Hello.']);
    expect(outline(events)).toEqual([
      'thread.item.added assistant_message',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.done',
      'thread.item.done assistant_message',
    ]);
    expect(conversation.thread.title).toBe('A title');
    // Of the answer and of the title.
    expect(onUsage).toHaveBeenCalledTimes(2);
    expect(model.requests).toHaveLength(1);
    expect(model.requests[0]).toMatchObject({
      authorization: 'Bearer sk-test',
      body: {
        model: 'gpt-5',
        store: true,
        input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi there' }] }],
      },
    });
  });

  it('gets the conversation before the message', async () => {
    const { responder } = await load(await folder.compile('agent-builder-export.ts', name));
    const conversation = new Conversation('Known');
    await conversation.say(responder, 'My name is Ada');
    await conversation.say(responder, 'Who am I?');
    const said = (role: string, text: string) => ({ role, content: [{ text }] });
    expect(model.requests[1]?.body.input).toMatchObject([
      said('user', 'My name is Ada'),
      said('assistant', 'Hello.'),
      said('user', 'Who am I?'),
    ]);
  });

  it('ends its call to the model when the visitor leaves', async () => {
    const { responder } = await load(await folder.compile('agent-builder-export.ts', name));
    const conversation = new Conversation('Known');
    model.script = () => conversation.controller.abort();
    expect(await conversation.say(responder, 'Hi')).toEqual([]);
    await model.requests[0]?.cut;
  });
});

describe('Several services in one process, with one export', () => {
  it('each use their own key and address, send the conversation, and can be stopped', async () => {
    const other = await startFakeModel();
    onTestFinished(() => other.close());
    const module = await folder.compile('agent-builder-export.ts', 'shared.mjs');
    const services = [
      { model, responder: (await load(module)).responder, key: 'Bearer sk-test' },
      {
        model: other,
        responder: (await load(module, { baseUrl: `${other.baseUrl}/`, apiKey: 'sk-other' }))
          .responder,
        key: 'Bearer sk-other',
      },
    ];
    for (const { model, responder, key } of services) {
      model.script = (_request, reply) => reply.outputs(text('Hello.'));
      const conversation = new Conversation('Known');
      await conversation.say(responder, 'My name is Ada');
      await conversation.say(responder, 'Who am I?');
      expect(model.requests.map(({ authorization }) => authorization)).toEqual([key, key]);
      expect(model.requests[1]?.body.input).toHaveLength(3);
      model.script = () => conversation.controller.abort();
      expect(await conversation.say(responder, 'Hi')).toEqual([]);
      await model.requests[2]?.cut;
    }
  });
});

describe('An export with guardrails, a classifier and structured output', () => {
  it('answers from each branch, and not when a guardrail failed', async () => {
    const { responder, failures } = await load(
      await folder.compile('agent-builder-classifier.ts', 'classifier.mjs'),
    );
    model.script = ({ body }, reply) => {
      if (body.instructions?.startsWith('Classify')) {
        const category = JSON.stringify(body.input).includes('Summarise') ? 'summary' : 'tasks';
        reply.outputs(text(JSON.stringify({ category })));
      } else if (body.instructions === 'Summarise the list.') {
        reply.outputs(text('{"headline":"All well","open":2}'));
      } else reply.outputs(text('Added.'));
    };
    expect(textsOf(await new Conversation('Known').say(responder, 'Add water'))).toEqual([
      'Added.',
    ]);
    expect(textsOf(await new Conversation('Known').say(responder, 'Summarise'))).toEqual([
      'All well',
    ]);
    await expect(
      new Conversation('Known').say(responder, 'My password is x'),
    ).rejects.toMatchObject({
      message: 'This cannot be answered here. Please ask in other words.',
    });
    expect(failures.map(([{ code }]) => code)).toEqual(['guardrail']);
  });
});

describe('The conversation before the message', () => {
  it('reaches the agents alone: a guardrail that failed once does not fail again', async () => {
    const { responder, failures } = await load(
      await folder.compile('agent-builder-classifier.ts', 'classifier.mjs'),
    );
    model.script = ({ body }, reply) =>
      reply.outputs(
        text(body.instructions?.startsWith('Classify') ? '{"category":"tasks"}' : 'Added.'),
      );
    const conversation = new Conversation('Known');
    await expect(conversation.say(responder, 'My password is x')).rejects.toThrow();
    expect(textsOf(await conversation.say(responder, 'Add water'))).toEqual(['Added.']);
    expect(failures).toHaveLength(1);
    expect(model.requests.at(-1)?.body.input).toHaveLength(2);
  });

  it('is sent once, also when the workflow passes it on itself', async () => {
    const { responder } = await loadSource(`
      import { Agent, Runner } from '@openai/agents';
      const agent = new Agent({ name: 'Mine', model: 'gpt-4.1' });
      export const runWorkflow = async ({ history }) => {
        const { finalOutput } = await new Runner().run(agent, [...history]);
        return finalOutput;
      };`);
    const conversation = new Conversation('Known');
    for (let turn = 0; turn < 3; turn++) await conversation.say(responder, 'Hi');
    expect(model.requests.map(({ body }) => body.input.length)).toEqual([1, 3, 5]);
  });

  it('can be left out', async () => {
    const { responder } = await loadSource(`
      import { Agent, Runner } from '@openai/agents';
      const agent = new Agent({ name: 'Mine', model: 'gpt-4.1' });
      export const history = 'none';
      export const runWorkflow = ({ input_as_text }) =>
        new Runner().run(agent, input_as_text).then(({ finalOutput }) => finalOutput);`);
    const conversation = new Conversation('Known');
    await conversation.say(responder, 'One');
    await conversation.say(responder, 'Two');
    expect(model.requests.map(({ body }) => body.input.length)).toEqual([1, 1]);
  });
});

describe('An export of a workflow without an end node, which returns nothing', () => {
  it.each(['no-end.mjs', 'no-end.cjs'])(
    'answers with the text of its last model: %s',
    async (name) => {
      const { responder, failures } = await load(
        await folder.compile('agent-builder-no-end.ts', name),
      );
      model.script = ({ body }, reply) =>
        reply.outputs(
          text(body.instructions?.startsWith('Rewrite') ? '{"question":"What?"}' : 'Your list.'),
        );
      const events = await new Conversation('Known').say(responder, 'list');
      expect(failures).toEqual([]);
      expect(textsOf(events)).toEqual(['Your list.']);
      expect(model.requests).toHaveLength(2);
    },
  );

  it('keeps the answers of concurrent visitors apart', async () => {
    const { responder } = await load(await folder.compile('agent-builder-no-end.ts', 'no-end.mjs'));
    const visitors = 12;
    const together = new Deferred();
    model.script = async ({ body }, reply) => {
      const name = /visitor \d+/.exec(JSON.stringify(body.input))?.[0] ?? '';
      if (model.requests.length === visitors) together.resolve();
      await together.promise;
      reply.outputs(
        text(body.instructions?.startsWith('Rewrite') ? '{"question":"?"}' : `Hello, ${name}.`),
      );
    };
    const answers = await Promise.all(
      Array.from({ length: visitors }, async (_, index) =>
        textsOf(await new Conversation('Known').say(responder, `I am visitor ${index}`)),
      ),
    );
    expect(answers).toEqual(answers.map((_, index) => [`Hello, visitor ${index}.`]));
  });
});

describe('A workflow', () => {
  it('gets message, history, signal, user and thread beside the text', async () => {
    const { responder } = await loadSource(
      'export const runWorkflow = ({ signal, ...input }) => JSON.stringify({ ...input, aborted: signal.aborted });',
    );
    const conversation = new Conversation('Known');
    await conversation.say(responder, 'One');
    const [answer = ''] = textsOf(await conversation.say(responder, 'Two'));
    const input = JSON.parse(answer) as Record<string, unknown>;
    expect(input).toMatchObject({
      message: 'Two',
      user: 'ada',
      thread_id: conversation.thread.id,
      aborted: false,
      history: [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }],
    });
  });

  it('A6: gets who asks, and from where', async () => {
    const { responder } = await loadSource(
      `export const runWorkflow = ({ caller, page, locale, headers }) =>
         JSON.stringify({ caller, page, locale, headers });`,
    );
    const known = { caller: { user: 'ada', org: 'acme' }, page: { id: 7 }, locale: 'de' };
    const told = { ...known, headers: { 'x-plan': 'pro' } };
    const asked: Responder = {
      respond: (thread, message, context) =>
        responder.respond(thread, message, { ...context, ...told }),
    };
    const [answer = ''] = textsOf(await new Conversation('Known').say(asked, 'Hi'));
    expect(JSON.parse(answer)).toEqual(told);
  });

  it('remembers its state of the conversation, and drops what a call that failed has changed', async () => {
    const { responder } = await loadSource(
      `export const runWorkflow = ({ message, state }) => {
         state.messages = [...(state.messages ?? []), message];
         if (message === 'Fail') throw new Error('As written.');
         return state.messages.join(', ');
       };`,
    );
    const conversation = new Conversation('Known');
    await conversation.say(responder, 'One');
    await expect(conversation.say(responder, 'Fail')).rejects.toThrow();
    expect(textsOf(await conversation.say(responder, 'Two'))).toEqual(['One, Two']);
    const other = new Conversation('Known');
    expect(textsOf(await other.say(responder, 'Three'))).toEqual(['Three']);
  });

  it('begins with the state that it had before an approval was asked', async () => {
    const { responder } = await loadSource(
      `export const runWorkflow = ({ state, approvalRequest }) => {
         state.calls = (state.calls ?? 0) + 1;
         return approvalRequest('Go on?') ? \`Call \${state.calls}\` : 'No';
       };`,
    );
    const conversation = new Conversation('Known');
    const asked = await conversation.say(responder, 'One');
    const question = asked.flatMap((event) =>
      event.type === 'thread.item.done' && event.item.type === 'structured_input'
        ? [event.item]
        : [],
    )[0];
    if (question === undefined) throw new Error('Nothing was asked.');
    const inputs = question.inputs.map((input) => ({
      ...input,
      answer: { values: ['Allow'], skipped: false },
    }));
    await conversation.add({ ...question, status: 'answered', inputs });
    expect(textsOf(await conversation.read(responder, null))).toEqual(['Call 1']);
  });

  it('A5: gets the files of the conversation with its history', async () => {
    const { responder } = await loadSource(
      'export const runWorkflow = ({ history }) => JSON.stringify(history[0].content[1]);',
    );
    const conversation = new Conversation('Known');
    const attachments = { read: () => Promise.resolve(Buffer.from('abc')) };
    const withFiles: Responder = {
      respond: (thread, message, context) =>
        responder.respond(thread, message, { ...context, attachments }),
    };
    const events = await conversation.say(withFiles, 'Look', {
      attachments: [{ type: 'image', id: 'atc_1', name: 'a.png', mime_type: 'image/png' }],
    });
    expect(textsOf(events)).toEqual([
      JSON.stringify({ type: 'input_image', image: 'data:image/png;base64,YWJj' }),
    ]);
  });

  it.each([
    ['messages', 'You said Two'],
    ['none', 'You said Two'],
    [
      'transcript',
      /^You said The conversation so far:[\s\S]*<user>\nOne\n[\s\S]*<message>\nTwo\n<\/message>$/,
    ],
  ])('may choose how it gets the conversation: %s', async (history, answer) => {
    const { responder } = await loadSource(
      `export const history = '${history}';\n` +
        'export const runWorkflow = ({ input_as_text }) => `You said ${input_as_text}`;',
    );
    const conversation = new Conversation('Known');
    await conversation.say(responder, 'One');
    expect(textsOf(await conversation.say(responder, 'Two')).join()).toMatch(answer);
  });

  it('that ignores the signal is given up, and its result is dropped', async () => {
    const { responder, failures } = await loadSource(
      'export const runWorkflow = () => new Promise(() => {});',
      { deadlineMs: 30 },
    );
    await expect(new Conversation('Known').say(responder, 'Hi')).rejects.toMatchObject({
      allowRetry: true,
    });
    expect(failures.map(([{ code }]) => code)).toEqual(['deadline']);

    const left = new Conversation('Known');
    const events = left.say(responder, 'Hi');
    left.controller.abort();
    expect(await events).toEqual([]);
  });

  it.each([
    ['export const runWorkflow = () => ({});', 'no_answer'],
    ["export const runWorkflow = () => { throw new Error('broken'); };", 'agent_failed'],
    ["export const runWorkflow = async () => { throw 'broken'; };", 'agent_failed'],
  ])('that fails is reported to the operator with its cause: %s', async (module, code) => {
    const { responder, failures } = await loadSource(module);
    await expect(new Conversation('Known').say(responder, 'Hi')).rejects.toMatchObject({
      code: 'stream.error',
    });
    expect(failures.map(([failure]) => failure.code)).toEqual([code]);
    if (code === 'agent_failed') expect(String(failures[0]?.[0].cause)).toMatch(/broken/);
  });

  it('that OpenAI refuses fails like any agent', async () => {
    const { responder, failures } = await load(
      await folder.compile('agent-builder-export.ts', 'export.mjs'),
    );
    model.script = (_request, reply) =>
      reply.error(404, { message: 'no', type: 'x', param: null, code: 'model_not_found' });
    await expect(new Conversation('Known').say(responder, 'Hi')).rejects.toMatchObject({
      allowRetry: false,
    });
    expect(failures[0]?.[0]).toMatchObject({ code: 'model_not_found', status: 404 });
  });
});
