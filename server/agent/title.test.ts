import { describe, expect, it } from 'vitest';
import { Deferred, useAgentHarness } from './test/agent-harness.js';
import { text } from './test/fake-model.js';
import { collectFailures, Conversation, textsOf } from './test/conversation.js';
import { cleanTitle, firstWords } from './title.js';

const harness = useAgentHarness();
const { responder } = harness;

describe('The title of a new thread', () => {
  it('is made by the model, beside the answer', async () => {
    harness.model.titleScript = (_request, reply) => reply.outputs(text('“Plants and water.”'));
    const conversation = new Conversation();
    await conversation.say(await responder(), 'Please add: water the plants');
    expect(conversation.thread.title).toBe('Plants and water');
    expect(harness.model.titles[0]?.body).toMatchObject({
      input: [{ role: 'user', content: 'Please add: water the plants' }],
      store: false,
    });
    expect(harness.model.requests).toHaveLength(1);
  });

  it('is not made twice', async () => {
    const conversation = new Conversation();
    const agentResponder = await responder();
    await conversation.say(agentResponder, 'Hi');
    await conversation.say(agentResponder, 'Hi again');
    expect(harness.model.titles).toHaveLength(1);
  });

  it('is set before the answer ends, if it is ready', async () => {
    const titled = new Deferred();
    harness.model.titleScript = (_request, reply) => {
      reply.outputs(text('A title'));
      reply.raw.once('finish', () => titled.resolve());
    };
    harness.model.script = async (_request, reply) => {
      await titled.promise;
      reply.outputs(text('Hello.'));
    };
    const conversation = new Conversation();
    await conversation.say(await responder(), 'Hi');
    expect(conversation.thread.title).toBe('A title');
    harness.model.script = (_request, reply) => reply.outputs(text('Hello.'));
  });

  it('is the first words when the model fails, which does not fail the answer', async () => {
    harness.model.titleScript = (_request, reply) => reply.error(500, { message: 'no' });
    const { failures, onFailure } = collectFailures();
    const conversation = new Conversation();
    const words = 'Plan the move of our whole office to the new building on the other side of town';
    const events = await conversation.say(await responder({ onFailure }), words);
    expect(textsOf(events)).toEqual(['Hello.']);
    expect(conversation.thread.title).toBe(
      'Plan the move of our whole office to the new building on…',
    );
    expect(failures.map(([{ code }, { part }]) => [code, part])).toEqual([
      ['upstream_unavailable', 'title'],
    ]);
  });

  it('is the first words, without a request, when the operator chooses so', async () => {
    const conversation = new Conversation();
    await conversation.say(await responder({ titles: 'first-words' }), 'Water the plants');
    expect(conversation.thread.title).toBe('Water the plants');
    expect(harness.model.titles).toHaveLength(0);
  });

  it('delays the end of an answer for a limited time', async () => {
    harness.model.titleScript = () => undefined;
    const conversation = new Conversation();
    await conversation.say(await responder({ titleWaitMs: 30 }), 'Water the plants');
    expect(conversation.thread.title).toBe('Water the plants');
    await harness.model.titles[0]?.cut;
  });
});

describe('cleanTitle', () => {
  it.each([
    ['"Plants"', 'Plants'],
    ['Title: Plants and water.', 'Plants and water'],
    ['**Plants**\n\nThis title says it all.', 'Plants'],
    ['  Plants\tand\n water', 'Plants and'],
    ['What is due?', 'What is due?'],
    ['', ''],
  ])('%j becomes %j', (given, title) => {
    expect(cleanTitle(given)).toBe(title);
  });
});

describe('firstWords', () => {
  it('cuts between words, and within one that never ends', () => {
    expect(firstWords('  one\n two ')).toBe('one two');
    expect(firstWords('x'.repeat(100))).toHaveLength(60);
    expect(firstWords('')).toBe('');
  });
});
