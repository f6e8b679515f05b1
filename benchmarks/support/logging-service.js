/** The service as an operator runs it, each line of its log made and then dropped. Built first. */
import { buildApp } from '../../server/dist/app.js';
import { readConfig } from '../../server/dist/config.js';

const app = await buildApp(readConfig(process.env), { logStream: { write() {} } });
console.log(`listening at ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
