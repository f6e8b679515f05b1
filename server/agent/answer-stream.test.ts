import { describe, expect, it } from 'vitest';
import type { AgentResponderOptions } from './agent-responder.js';
import { Deferred, useAgentHarness } from './test/agent-harness.js';
import { collectFailures, Conversation, userMessage } from './test/conversation.js';

const harness = useAgentHarness();
const { responder } = harness;

const delta = {
  type: 'response.output_text.delta',
  item_id: 'm',
  content_index: 0,
  delta: 'Hal',
} as const;

async function begin(conversation: Conversation, options: Partial<AgentResponderOptions> = {}) {
  const message = userMessage(conversation.thread, 'Hi');
  await conversation.add(message);
  const agentResponder = await responder(options);
  return agentResponder
    .respond(conversation.thread, message, conversation.context)
    [Symbol.asyncIterator]();
}

describe('When the visitor leaves', () => {
  it('the call to the model ends in the middle of its answer', async () => {
    harness.model.script = (_request, reply) => reply.begin([delta]);
    const conversation = new Conversation('Known');
    const events = await begin(conversation);
    await events.next();
    conversation.controller.abort();
    await harness.model.requests[0]?.cut;
    let last = await events.next();
    while (last.done !== true) last = await events.next();
  });

  it('the call to the model ends before it has answered', async () => {
    const asked = new Deferred();
    harness.model.script = () => asked.resolve();
    const conversation = new Conversation('Known');
    const next = (await begin(conversation)).next();
    await asked.promise;
    conversation.controller.abort();
    await harness.model.requests[0]?.cut;
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('the call for a title ends, too', async () => {
    const asked = new Deferred();
    harness.model.script = (_request, reply) => reply.begin([delta]);
    harness.model.titleScript = () => asked.resolve();
    const conversation = new Conversation();
    const events = await begin(conversation);
    await events.next();
    await asked.promise;
    conversation.controller.abort();
    await harness.model.titles[0]?.cut;
    await events.return?.();
  });

  it('a request is not retried', async () => {
    const waiting = new Deferred();
    harness.model.script = (_request, reply) => reply.error(503, { message: 'busy' });
    const conversation = new Conversation('Known');
    const next = (
      await begin(conversation, {
        openai: {
          apiKey: 'sk-test',
          baseUrl: harness.model.baseUrl,
          timing: {
            random: () => 0,
            sleep: (_ms, signal) => {
              waiting.resolve();
              return new Promise((_resolve, reject) => {
                signal.addEventListener('abort', () => reject(signal.reason as Error));
              });
            },
          },
        },
      })
    ).next();
    await waiting.promise;
    conversation.controller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(harness.model.requests).toHaveLength(1);
  });

  it('no request is made for a visitor who has left already', async () => {
    const conversation = new Conversation();
    conversation.controller.abort();
    expect(await conversation.say(await responder(), 'Hi')).toEqual([]);
    expect(harness.model.requests).toHaveLength(0);
    expect(harness.model.titles).toHaveLength(0);
  });

  it('the call ends, too, when the reader of the events stops', async () => {
    harness.model.script = (_request, reply) => reply.begin([delta]);
    const events = await begin(new Conversation('Known'));
    await events.next();
    await events.return?.();
    await harness.model.requests[0]?.cut;
  });
});

describe('The deadline', () => {
  it('ends an answer that is streaming, and its call', async () => {
    harness.model.script = (_request, reply) => reply.begin([delta]);
    const { failures, onFailure } = collectFailures();
    const conversation = new Conversation('Known');
    const answer = conversation.say(await responder({ deadlineMs: 50, onFailure }), 'Hi');
    await expect(answer).rejects.toMatchObject({ code: 'stream.error', allowRetry: true });
    expect(failures.map(([{ code }]) => code)).toEqual(['deadline']);
    await harness.model.requests[0]?.cut;
  });

  it('ends an answer that has not begun', async () => {
    harness.model.script = () => undefined;
    const { failures, onFailure } = collectFailures();
    const conversation = new Conversation('Known');
    const answer = conversation.say(await responder({ deadlineMs: 50, onFailure }), 'Hi');
    await expect(answer).rejects.toMatchObject({ allowRetry: true });
    expect(failures.map(([{ code }]) => code)).toEqual(['deadline']);
  });
});
