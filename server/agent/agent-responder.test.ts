import { describe, expect, it, vi } from 'vitest';
import { agentWith, useAgentHarness } from './test/agent-harness.js';
import { text, type Script } from './test/fake-model.js';
import {
  collectFailures,
  Conversation,
  outline,
  textsOf,
  userMessage,
} from './test/conversation.js';

const harness = useAgentHarness();
const { responder } = harness;

describe('The responder on the Agents SDK', () => {
  it('streams text as ChatKit expects it', async () => {
    harness.model.script = (_request, reply) => reply.outputs(text('One two three.'));
    const events = await new Conversation('Known').say(await responder(), 'Count');
    expect(outline(events)).toEqual([
      'thread.item.added assistant_message',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.done',
      'thread.item.done assistant_message',
    ]);
    expect(
      events.flatMap((event) =>
        event.type === 'thread.item.updated' && 'delta' in event.update ? event.update.delta : [],
      ),
    ).toEqual(['One ', 'two ', 'three.']);
    expect(textsOf(events)).toEqual(['One two three.']);
  });

  it('sends its model and instructions, does not store at OpenAI, and sends a hash of the user', async () => {
    const baseUrl = 'https://api.openai.com/v1';
    const openai = {
      apiKey: 'sk-test',
      baseUrl,
      fetch: (url: string | URL | Request, init?: RequestInit) =>
        fetch((url as string).replace(baseUrl, harness.model.baseUrl), init),
    };
    await new Conversation('Known').say(
      await responder({ model: 'gpt-4.1', instructions: 'Be kind.', openai }),
      'Hi',
    );
    const [request] = harness.model.requests;
    expect(request?.authorization).toBe('Bearer sk-test');
    expect(request?.body).toMatchObject({
      model: 'gpt-4.1',
      instructions: 'Be kind.',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      stream: true,
      store: false,
      safety_identifier: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('S8: tells the tokens of the answer and of the title', async () => {
    harness.model.script = (_request, reply) => reply.outputs(text('One two three.'));
    const onUsage = vi.fn();
    await new Conversation().say(await responder({ onUsage }), 'Count');
    expect(harness.model.titles).toHaveLength(1);
    expect(onUsage).toHaveBeenCalledTimes(2);
    const tokens = { inputTokens: 1, outputTokens: expect.any(Number) as number };
    expect(onUsage).toHaveBeenCalledWith(expect.objectContaining(tokens));
  });

  it('shows reasoning as a workflow that ends when the message begins', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs({ type: 'reasoning', summaries: ['First this.', 'Then that.'] }, text('Done.'));
    const conversation = new Conversation('Known');
    const events = await conversation.say(await responder(), 'Think');
    expect(outline(events).slice(0, 7)).toEqual([
      'thread.item.added workflow',
      'workflow.task.added',
      'workflow.task.updated',
      'workflow.task.added',
      'workflow.task.updated',
      'thread.item.done workflow',
      'thread.item.added assistant_message',
    ]);
    const [, workflow] = await conversation.items();
    expect(workflow).toMatchObject({
      type: 'workflow',
      workflow: {
        type: 'reasoning',
        expanded: false,
        summary: { duration: 0 },
        tasks: [
          { type: 'thought', content: 'First this.' },
          { type: 'thought', content: 'Then that.' },
        ],
      },
    });
  });

  it('gives citations as annotations', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs({
        type: 'message',
        text: 'See there.',
        citations: [
          { url: 'https://example.com/a', title: 'A' },
          { url: 'javascript:alert(1)', title: 'Evil' },
        ],
      });
    const conversation = new Conversation('Known');
    const events = await conversation.say(await responder(), 'Cite');
    const annotation = {
      type: 'annotation',
      source: { type: 'url', url: 'https://example.com/a', title: 'A' },
      index: 10,
    };
    expect(events).toContainEqual(
      expect.objectContaining({
        update: {
          type: 'assistant_message.content_part.annotation_added',
          content_index: 0,
          annotation_index: 0,
          annotation,
        },
      }),
    );
    expect((await conversation.items()).at(-1)).toMatchObject({
      content: [{ text: 'See there.', annotations: [annotation] }],
    });
  });

  it('shows a refusal as the answer', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs({ type: 'refusal', text: 'I cannot.' });
    const events = await new Conversation('Known').say(await responder(), 'Do it');
    expect(textsOf(events)).toEqual(['I cannot.']);
  });

  it('shows generated images', async () => {
    const call = { type: 'image_generation_call', id: 'ig_1', status: 'completed' } as const;
    const answer = {
      type: 'message',
      id: 'm',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'There.', annotations: [] }],
    } as const;
    harness.model.script = (_request, reply) =>
      reply.events([
        { type: 'response.output_item.added', item: { ...call, result: null } as never },
        {
          type: 'response.image_generation_call.partial_image',
          item_id: 'ig_1',
          partial_image_b64: 'AAAA',
          partial_image_index: 0,
        },
        { type: 'response.output_item.done', item: { ...call, result: 'BBBB' } },
        { type: 'response.output_item.done', item: answer as never },
        {
          type: 'response.completed',
          response: { id: 'r', output: [{ ...call, result: 'BBBB' }, answer] } as never,
        },
      ]);
    const conversation = new Conversation('Known');
    const events = await conversation.say(
      await responder({ storeImage: (base64, format) => Promise.resolve(`/${base64}.${format}`) }),
      'Draw',
    );
    expect(outline(events).slice(0, 3)).toEqual([
      'thread.item.added generated_image',
      'generated_image.updated',
      'thread.item.done generated_image',
    ]);
    expect(await conversation.items()).toContainEqual(
      expect.objectContaining({
        type: 'generated_image',
        image: { id: expect.any(String) as string, url: '/BBBB.png' },
      }),
    );
  });
});

describe('An answer that was cut off at the output limit', () => {
  /** @param reason as the API gives it */
  const cutOff =
    (reason: 'max_output_tokens' | 'content_filter'): Script =>
    (_request, reply) =>
      reply.events([
        { type: 'response.output_text.delta', item_id: 'm', content_index: 0, delta: 'Long' },
        {
          type: 'response.incomplete',
          response: {
            id: 'r',
            status: 'incomplete',
            incomplete_details: { reason },
            output: [
              {
                type: 'message',
                id: 'm',
                role: 'assistant',
                status: 'incomplete',
                content: [{ type: 'output_text', text: 'Long', annotations: [] }],
              },
            ],
          } as never,
        },
      ]);
  const guardrail = (tripwireTriggered: boolean) => ({
    name: 'Guardrail',
    execute: () => Promise.resolve({ tripwireTriggered, outputInfo: null }),
  });

  it.each([
    ['alone', {}],
    ['with an input guardrail', { inputGuardrails: [guardrail(false)] }],
  ])('stays an answer, with a notice: an agent %s', async (_title, config) => {
    harness.model.script = cutOff('max_output_tokens');
    const conversation = new Conversation('Known');
    const agent = agentWith(config);
    const events = await conversation.say(await responder({ agent }), 'Tell');
    expect(textsOf(events)).toEqual(['Long']);
    expect(outline(events)).toContain('notice');
    expect(await conversation.items()).toHaveLength(2);
  });

  it('is checked by output guardrails', async () => {
    harness.model.script = cutOff('max_output_tokens');
    const { failures, onFailure } = collectFailures();
    const conversation = new Conversation('Known');
    const agent = agentWith({ outputGuardrails: [guardrail(true)] });
    const answer = conversation.say(await responder({ agent, onFailure }), 'Tell');
    await expect(answer).rejects.toMatchObject({ code: 'custom' });
    expect(failures.map(([{ code }]) => code)).toEqual(['guardrail']);
    expect(await conversation.items()).toHaveLength(1);
  });

  it.each([
    ['alone', {}],
    ['with an input guardrail', { inputGuardrails: [guardrail(false)] }],
  ])('by a content filter is a failure: an agent %s', async (_title, config) => {
    harness.model.script = cutOff('content_filter');
    const { failures, onFailure } = collectFailures();
    const agent = agentWith(config);
    const answer = new Conversation('Known').say(await responder({ agent, onFailure }), 'Tell');
    await expect(answer).rejects.toMatchObject({ code: 'custom' });
    expect(failures.map(([{ code }]) => code)).toEqual(['content_filtered']);
  });

  it('A12: shows thoughts in tags as a thought, and does not send them back', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs(text('<think> Two and two. </think>\n\nIt is four.'));
    const conversation = new Conversation('Known');
    const events = await conversation.say(await responder(), '2 + 2?');
    expect(textsOf(events)).toEqual(['It is four.']);
    const [, workflow, message] = await conversation.items();
    expect(workflow).toMatchObject({
      type: 'workflow',
      workflow: { type: 'reasoning', tasks: [{ type: 'thought', content: 'Two and two. ' }] },
    });
    expect(message).toMatchObject({ type: 'assistant_message' });
    await conversation.say(await responder(), 'Sure?');
    expect(JSON.stringify(harness.model.requests[1]?.body)).not.toContain('Two and two');
  });

  it.each([
    ['nothing', []],
    ['an empty message', [text('')]],
    ['reasoning alone', [{ type: 'reasoning' as const, summaries: ['Hm.'] }]],
    ['thoughts in tags', [text('<think>Hm.</think>')]],
  ])('A11: asks once more after %s, then fails with no_answer', async (_name, outputs) => {
    const { failures, onFailure } = collectFailures();
    harness.model.script = (_request, reply) => reply.outputs(...outputs);
    const conversation = new Conversation('Known');
    await expect(conversation.say(await responder({ onFailure }), 'Hi')).rejects.toThrow();
    expect(failures.map(([{ code, message }]) => [code, message])).toEqual([
      ['no_answer', expect.stringContaining('asked again')],
    ]);
    expect(harness.model.requests).toHaveLength(2);
    const kinds = (await conversation.items()).map(({ type }) => type);
    expect(kinds).not.toContain('assistant_message');
  });

  it('A11: counts thoughts alone as no answer when they reached the output limit', async () => {
    const { failures, onFailure } = collectFailures();
    harness.model.script = (_request, reply) =>
      reply.events([
        {
          ...{ type: 'response.reasoning_summary_text.delta', item_id: 'r', summary_index: 0 },
          delta: 'Hm.',
        },
        {
          type: 'response.incomplete',
          response: {
            ...{ id: 'r', status: 'incomplete', output: [] },
            incomplete_details: { reason: 'max_output_tokens' },
          } as never,
        },
      ]);
    const answer = new Conversation('Known').say(await responder({ onFailure }), 'Hi');
    await expect(answer).rejects.toThrow();
    expect(failures.map(([{ code }]) => code)).toEqual(['no_answer']);
    expect(harness.model.requests).toHaveLength(2);
  });

  it('A11: answers with the second try after an empty one, and counts the tokens of both', async () => {
    harness.model.script = (_request, reply) =>
      reply.outputs(text(harness.model.requests.length === 1 ? '' : 'Here.'));
    const onUsage = vi.fn();
    const events = await new Conversation('Known').say(await responder({ onUsage }), 'Hi');
    expect(textsOf(events)).toEqual(['Here.']);
    expect(onUsage).toHaveBeenCalledOnce();
    expect(onUsage).toHaveBeenCalledWith(expect.objectContaining({ inputTokens: 2 }));
  });

  it('A10: sends a conversation again with less of it when it does not fit', async () => {
    harness.model.script = (_request, reply) => {
      if (harness.model.requests.length > 1) reply.outputs(text('Fits.'));
      else {
        reply.error(400, {
          message: 'Your input exceeds the context window of this model.',
          code: 'context_length_exceeded',
        });
      }
    };
    const conversation = new Conversation('Known');
    const { thread } = conversation;
    for (let index = 0; index < 10; index += 1) {
      await conversation.add(userMessage(thread, `Question ${index} ${'word '.repeat(100)}`));
    }
    const events = await conversation.say(await responder(), 'Last');
    expect(textsOf(events)).toEqual(['Fits.']);
    const [first, second] = harness.model.requests;
    expect(second?.body.input.length).toBeLessThan(first?.body.input.length ?? 0);
    expect(second?.body.input.at(-1)).toEqual(first?.body.input.at(-1));
  });
});
