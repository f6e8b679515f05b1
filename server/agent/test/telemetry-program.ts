/** Run in a process: lets an agent answer once, and prints the hosts that it has connected to. */
import { createResponder } from '../index.js';
import { Conversation, textsOf } from './conversation.js';

const [, , module, baseUrl = ''] = process.argv;
const hosts = new Set<string>();
const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const { host, hostname } = new URL(input instanceof Request ? input.url : input);
  hosts.add(host);
  return hostname === '127.0.0.1' ? realFetch(input, init) : Promise.reject(new Error('offline'));
};

const { responder, kind } = await createResponder(
  { module, model: undefined, instructions: undefined },
  {
    openai: { apiKey: 'sk-test', baseUrl },
    onFailure: (failure) => {
      throw failure;
    },
  },
);
const texts = textsOf(await new Conversation('Known').say(responder, 'Hi'));
const answeredAt = performance.now();
process.once('exit', () => {
  const idleMs = performance.now() - answeredAt;
  console.log(JSON.stringify({ kind, texts, hosts: [...hosts], idleMs }));
});
