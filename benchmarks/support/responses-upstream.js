/**
 * Stands in for OpenAI's Responses API in benchmarks: whoever asks for “500 words” gets as many tokens, each as
 * an event in a packet of its own, as fast as it can.
 * `node responses-upstream.js [milliseconds to the first token] [held]` prints its address. With `held`, every
 * answer stops in its middle until `POST /release`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

const firstTokenMs = Number(process.argv[2] ?? 0);
const held = process.argv[3] === 'held';

const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const part = (text) => ({ type: 'output_text', text, annotations: [], logprobs: [] });
const message = (status, content) => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status,
  content,
});
const response = (status, output, usage) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_764_000_000,
  status,
  model: 'benchmark',
  output,
  parallel_tool_calls: true,
  tool_choice: 'auto',
  tools: [],
  ...(usage && {
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: usage,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage + 10,
    },
  }),
});
const whole = (text) =>
  response('completed', [message('completed', [part(text)])], Math.ceil(text.length / 4));

let sequence = 0;
const encode = (type, fields) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`;
const opening = [
  encode('response.created', { response: response('in_progress', []) }),
  encode('response.in_progress', { response: response('in_progress', []) }),
];
function makeBody(tokens) {
  const words = Array.from({ length: tokens }, (_, index) => `word${index % 100} `);
  const text = words.join('');
  return [
    encode('response.output_item.added', { output_index: 0, item: message('in_progress', []) }),
    encode('response.content_part.added', { ...at, part: part('') }),
    ...words.map((delta) =>
      // As OpenAI sends it: with an empty list, and a filling that hides how long the word is.
      encode('response.output_text.delta', { ...at, delta, logprobs: [], obfuscation: 'aB3kQ9xZ' }),
    ),
    encode('response.output_text.done', { ...at, text, logprobs: [] }),
    encode('response.content_part.done', { ...at, part: part(text) }),
    encode('response.output_item.done', {
      output_index: 0,
      item: message('completed', [part(text)]),
    }),
    encode('response.completed', { response: whole(text) }),
  ].map((event) => Buffer.from(event));
}

const bodies = new Map();
function bodyFor(asked) {
  const tokens = Number(/(\d+) words/.exec(asked)?.[1]);
  if (!bodies.has(tokens)) bodies.set(tokens, makeBody(tokens));
  return bodies.get(tokens);
}

let release;
let released = new Promise((resolve) => (release = resolve));

async function send(response, event) {
  if (!response.write(event)) await once(response, 'drain');
  await turn();
}

async function answer(response, body) {
  // Its own release: the one that is next when it begins.
  const gate = released;
  const middle = Math.floor(body.length / 2);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const event of opening) await send(response, event);
  if (firstTokenMs > 0) await sleep(firstTokenMs);
  for (const event of body.slice(0, middle)) await send(response, event);
  if (held) await gate;
  for (const event of body.slice(middle)) await send(response, event);
  response.end();
}

const server = createServer((request, response) => {
  let asked = '';
  request.setEncoding('utf8').on('data', (chunk) => (asked += chunk));
  request.once('end', () => {
    if (request.url === '/release') {
      release();
      released = new Promise((resolve) => (release = resolve));
      response.end();
    } else if (request.method === 'GET') {
      // The models, which the service asks for when it starts.
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ object: 'list', data: [{ id: 'benchmark', object: 'model' }] }),
      );
    } else if (JSON.parse(asked).stream === true) {
      answer(response, bodyFor(asked)).catch((error) => response.destroy(error));
    } else {
      // A title.
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(whole('Words')));
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${server.address().port}`);
});
