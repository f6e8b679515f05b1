/**
 * What hands on an answer of the Responses API and does nothing else: no check of who asks, no store, no
 * protocol. `node bare-relay.js <through>` prints its address. Through
 * - `bytes`: what comes is not looked at;
 * - `openai`: OpenAI's SDK, each event as an event;
 * - `agents`: the Agents SDK, likewise.
 */
import { Agent, OpenAIProvider, Runner } from '@openai/agents';
import Fastify from 'fastify';
import OpenAI from 'openai';

const client = new OpenAI();
const model = 'benchmark';
const frame = (event) => `data: ${JSON.stringify(event)}\n\n`;

async function* bytes(input) {
  const response = await fetch(`${process.env['OPENAI_BASE_URL']}/responses`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-benchmark', 'content-type': 'application/json' },
    body: JSON.stringify({ model, input, stream: true }),
  });
  yield* response.body;
}

async function* openai(input) {
  const events = await client.responses.create({ model, input, stream: true });
  for await (const event of events) yield frame(event);
}

const runner = new Runner({
  modelProvider: new OpenAIProvider({ openAIClient: client, useResponses: true }),
  tracingDisabled: true,
});
const agent = new Agent({ name: 'Benchmark', instructions: 'Say words.', model });

async function* agents(input) {
  const result = await runner.run(agent, input, { stream: true });
  for await (const event of result) {
    if (event.type === 'raw_model_stream_event' && event.data.type === 'model') {
      yield frame(event.data.event);
    }
  }
  await result.completed;
}

const relay = { bytes, openai, agents }[process.argv[2]];
const app = Fastify();
app.post('/api/chatkit', async (request, reply) => {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
  const input = request.body.params.input.content[0].text;
  for await (const part of relay(input)) reply.raw.write(part);
  reply.raw.end();
});
console.log(`listening at ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
