/** The service with its threads in memory: what it costs without a database. Built first. */
import { buildApp } from '../../server/dist/app.js';
import { MemoryStore } from '../../server/dist/chatkit/index.js';
import { readConfig } from '../../server/dist/config.js';

const app = await buildApp(readConfig(process.env), { store: new MemoryStore() });
await app.listen({ port: 0, host: '127.0.0.1' });
