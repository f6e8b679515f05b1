import { openStore } from '../index.js';
import { aMessage, aThread } from './samples.js';

// A child process of embedded.test.ts: saves items and prints a line for each when it is acknowledged, until it
// is killed.

const [dataDir = '', threadId = '', user = ''] = process.argv.slice(2);
const { store } = await openStore({ dataDir });
await store.saveThread(aThread({ id: threadId }), { user });
for (let number = 0; ; number++) {
  await store.saveItem(threadId, aMessage(threadId, String(number)), { user });
  process.stdout.write(`stored ${number}\n`);
}
