import { openStore } from '../index.js';
import { aMessage, aThread } from './samples.js';

// Run as a process of its own by embedded.test.ts: says of each item that it is stored when that was promised,
// and goes on until it is killed.

const [dataDir = '', threadId = '', user = ''] = process.argv.slice(2);
const { store } = await openStore({ dataDir });
await store.saveThread(aThread({ id: threadId }), { user });
for (let number = 0; ; number++) {
  await store.saveItem(threadId, aMessage(threadId, String(number)), { user });
  process.stdout.write(`stored ${number}\n`);
}
