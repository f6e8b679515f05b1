import { tool } from '@openai/agents';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { agentWith, selectedTool, useAgentHarness } from './test/agent-harness.js';
import { collectFailures, Conversation, textsOf } from './test/conversation.js';
import { callThenSay, type ModelRequest, text } from './test/fake-model.js';

const harness = useAgentHarness();
const { responder } = harness;

/** What a request names as known, and what it sends. */
const sent = ({ body }: ModelRequest) => ({
  previous: body['previous_response_id'],
  conversation: body['conversation'],
  input: body.input.map(({ role, type }) => role ?? type),
});

const requests = () =>
  harness.model.requests.filter(({ path }) => path === '/v1/responses').map(sent);

const user = 'user';
const agent = agentWith({});

describe('A history that OpenAI keeps by responses', () => {
  it('sends what is new, and names the response before it', async () => {
    const conversation = new Conversation('Known');
    const kept = await responder({ agent, history: 'response' });
    await conversation.say(kept, 'One');
    const record = conversation.thread.metadata['taskpilot.history'] as { id: string };
    expect(record).toMatchObject({
      owner: 'response',
      id: expect.stringMatching(/^resp_/) as string,
    });
    await conversation.add({
      type: 'hidden_context_item',
      id: 'click',
      thread_id: conversation.thread.id,
      created_at: '2026-12-01T00:00:00.000Z',
      content: 'The user clicked.',
    });
    await conversation.say(kept, 'Two');
    expect(requests()).toEqual([
      { previous: undefined, conversation: undefined, input: [user] },
      { previous: record.id, conversation: undefined, input: [user, user] },
    ]);
    expect(harness.model.requests[0]?.body['store']).not.toBe(false);
    expect(JSON.stringify(harness.model.requests[1]?.body.input)).toContain('The user clicked.');
  });

  it('goes on with the thread as it is here when OpenAI does not know the response', async () => {
    const conversation = new Conversation('Known');
    const kept = await responder({ agent, history: 'response' });
    await conversation.say(kept, 'One');
    harness.model.script = ({ body }, reply) =>
      body['previous_response_id'] === undefined
        ? reply.outputs(text('Hello again.'))
        : reply.error(400, {
            message: 'Previous response not found.',
            code: 'previous_response_not_found',
          });
    expect(textsOf(await conversation.say(kept, 'Two'))).toEqual(['Hello again.']);
    expect(requests().at(-1)).toEqual({
      previous: undefined,
      conversation: undefined,
      input: [user, 'assistant', user],
    });
  });

  it('sends the whole thread after another try, whose answer was deleted', async () => {
    const conversation = new Conversation('Known');
    const kept = await responder({ agent, history: 'response' });
    await conversation.say(kept, 'One');
    const [message, answer] = await conversation.items();
    if (message?.type !== 'user_message' || answer === undefined) throw new Error('No answer.');
    await conversation.store.deleteItem(conversation.thread.id, answer.id, { user: 'ada' });
    await conversation.read(kept, message);
    expect(requests().at(-1)).toMatchObject({ previous: undefined, input: [user] });
  });

  it('sends the output of a tool in the page, without its call', async () => {
    harness.model.script = callThenSay('selected', '{}', 'Two of them.');
    const kept = await responder({
      agent: agentWith({ tools: [selectedTool] }),
      history: 'response',
    });
    const conversation = new Conversation('Known');
    await conversation.say(kept, 'What is selected?');
    const call = (await conversation.items()).at(-1);
    if (call?.type !== 'client_tool_call') throw new Error('The tool was not called.');
    await conversation.add({ ...call, status: 'completed', output: { ids: ['a', 'b'] } });
    expect(textsOf(await conversation.read(kept, null))).toEqual(['Two of them.']);
    expect(requests().at(-1)).toMatchObject({
      previous: expect.stringMatching(/^resp_/) as string,
      input: ['function_call_output'],
    });
  });

  it('begins anew after an answer that ended with a tool, whose output OpenAI never got', async () => {
    const show = tool({
      name: 'show',
      description: 'Shows it.',
      parameters: z.object({}),
      execute: () => 'Shown.',
    });
    harness.model.script = callThenSay('show', '{}', 'You have seen it.');
    const ending = agentWith({ tools: [show], toolUseBehavior: { stopAtToolNames: ['show'] } });
    const kept = await responder({ agent: ending, history: 'response' });
    const conversation = new Conversation('Known');
    await conversation.say(kept, 'Show it');
    expect(conversation.thread.metadata).toEqual({});
    await conversation.say(kept, 'And now?');
    expect(requests().at(-1)).toMatchObject({
      previous: undefined,
      input: [user, 'function_call', 'function_call_output', user],
    });
  });

  it('is not tried again when something has been said', async () => {
    const { failures, onFailure } = collectFailures();
    const kept = await responder({ agent, history: 'response', onFailure });
    const conversation = new Conversation('Known');
    await conversation.say(kept, 'One');
    harness.model.script = (_request, reply) => reply.error(500, { message: 'down' });
    await expect(conversation.say(kept, 'Two')).rejects.toThrow();
    expect(failures.map(([{ code }]) => code)).toEqual(['upstream_unavailable']);
    expect(requests().every(({ previous }, index) => index === 0 || previous !== undefined)).toBe(
      true,
    );
  });
});

describe('A conversation that OpenAI keeps', () => {
  it('is created once, and gets what is new', async () => {
    harness.model.script = ({ path }, reply) => {
      if (path !== '/v1/conversations') {
        reply.outputs(text('Hello.'));
        return;
      }
      reply.raw.writeHead(200, { 'content-type': 'application/json' });
      reply.raw.end(JSON.stringify({ id: 'conv_1', object: 'conversation', created_at: 1 }));
    };
    const conversation = new Conversation('Known');
    const kept = await responder({ agent, history: 'conversation' });
    await conversation.say(kept, 'One');
    await conversation.say(kept, 'Two');
    expect(requests()).toEqual([
      { previous: undefined, conversation: 'conv_1', input: [user] },
      { previous: undefined, conversation: 'conv_1', input: [user] },
    ]);
    expect(harness.model.requests.filter(({ path }) => path === '/v1/conversations')).toHaveLength(
      1,
    );
  });

  it('is done without on a server that has none', async () => {
    harness.model.script = ({ path }, reply) => {
      if (path !== '/v1/conversations') {
        reply.outputs(text('Hello.'));
        return;
      }
      reply.error(404, { message: 'Not found.' });
    };
    const conversation = new Conversation('Known');
    const kept = await responder({ agent, history: 'conversation' });
    expect(textsOf(await conversation.say(kept, 'One'))).toEqual(['Hello.']);
    await conversation.say(kept, 'Two');
    expect(requests().at(-1)).toMatchObject({
      conversation: undefined,
      input: [user, 'assistant', user],
    });
  });
});

describe('A history that OpenAI cannot keep', () => {
  it('is refused when the responder is made', async () => {
    const unstored = agentWith({ modelSettings: { store: false } });
    await expect(responder({ agent: unstored, history: 'response' })).rejects.toThrow('store');
    await expect(
      responder({ agent, history: 'conversation', api: 'chat-completions' }),
    ).rejects.toThrow('Responses API');
  });
});
