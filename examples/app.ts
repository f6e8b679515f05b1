import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
// Adds `hide` to the schema of a route.
import type {} from '@fastify/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { scenarios, type Sandbox } from '@taskpilot-chat/sandbox';
import {
  buildApp,
  LazyStore,
  openStore,
  taskpilotChat,
  type AppDependencies,
  type Config,
} from '@taskpilot-chat/server';
import { answeringRoute } from './answering.js';
import { allChoices, configOf, prefixOf, readChoice } from './choices.js';
import { pages, renderPage, type Page } from './pages.js';
import { strip } from './strip.js';

export interface ExamplesOptions {
  readonly config: Config;
  /** Stands in for OpenAI; null when `config` has a key and OpenAI itself answers. */
  readonly sandbox: Sandbox | null;
  readonly dependencies?: AppDependencies;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Answers the self-hosted chats of the board. */
const boardAgent = (): string => join(builtFolder(), '../agents/task-agent.mjs');

/** The build's folder. This module runs from `dist` (npm start) and from the sources (tests). */
function builtFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return basename(here) === 'dist' ? here : join(here, 'dist');
}

async function readFolder(folder: string): Promise<Map<string, Buffer>> {
  const names = await readdir(folder);
  const files = names.map(async (name) => [name, await readFile(join(folder, name))] as const);
  return new Map(await Promise.all(files));
}

/**
 * The service with the demo page and the examples around it; it does not listen. Further instances of the
 * service stand under `/backends/<name>`, and with a sandbox under `/scenarios/<name>` and both together;
 * `?backend=<name>&scenario=<name>` on any page chooses one. Those under `/board` answer on the board, with an agent
 * that has its tools. All keep their threads in one place.
 *
 * @throws {Error} ENOENT when the project is not built
 */
export async function buildExamples(options: ExamplesOptions): Promise<FastifyInstance> {
  const { config, sandbox } = options;
  const [html, assets, playground, manifest] = await Promise.all([
    readFolder(join(builtFolder(), 'pages')),
    readFolder(join(builtFolder(), 'public')),
    readFolder(join(builtFolder(), 'playground')),
    readFile(fileURLToPath(import.meta.resolve('taskpilot-chat/custom-elements.json'))),
  ]);
  const ownStore = new LazyStore(
    () =>
      openStore({
        databaseUrl: config.databaseUrl,
        dataDir: config.dataDir,
        onError: (error) => app.log.error({ code: error.code }, error.message),
      }),
    (error) => app.log.error({ err: error }, 'The database could not be opened.'),
  );
  const dependencies = { store: ownStore, ...options.dependencies };
  const [configured, ...others] = allChoices(sandbox).map((choice) => ({
    prefix: prefixOf(choice),
    config: configOf(config, sandbox, choice, boardAgent()),
  }));
  const app = await buildApp(configured?.config ?? config, dependencies);
  for (const other of others) await app.register(taskpilotChat, { ...other, ...dependencies });
  answeringRoute(app);
  // Before the first message, which would else wait for a database that is made from nothing.
  if (dependencies.store === ownStore) app.addHook('onListen', () => ownStore.prepare());
  app.addHook('onClose', () => ownStore.close());

  const send = (page: Page, file: string, request: FastifyRequest, reply: FastifyReply) => {
    const query = request.query as { backend?: string; scenario?: string };
    const choice = readChoice(query, sandbox, page.file === 'board.html');
    const chatkitSrc = sandbox?.base(choice.scenario ?? 'ok').chatkitSrc ?? null;
    const { html: text, policy } = renderPage(page, file, {
      prefix: prefixOf(choice),
      chatkitSrc,
      strip: strip({
        scenarios: sandbox ? scenarios : null,
        askedScenario: query.scenario ?? null,
        configured: config.backends,
        askedBackend: query.backend === '' ? null : (query.backend ?? null),
        origin: `${request.protocol}://${request.host}`,
        chatkitSrc,
      }),
    });
    return reply
      .header('content-security-policy', policy)
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .header('x-content-type-options', 'nosniff')
      .type('text/html; charset=utf-8')
      .send(text);
  };
  const schema = {
    hide: true,
    querystring: {
      type: 'object',
      properties: {
        backend: { type: 'string', maxLength: 64 },
        scenario: { type: 'string', maxLength: 64 },
      },
    },
  };
  for (const page of pages) {
    const file = html.get(page.file);
    if (!file) throw new Error(`${page.file} is missing in ${builtFolder()}: run npm run build`);
    app.get(page.path, { schema }, (...args) => send(page, file.toString(), ...args));
  }
  app.get('/examples', { schema }, (_request, reply) => reply.redirect('/examples/'));

  const sendFile = (reply: FastifyReply, name: string, file: Buffer | undefined) => {
    if (!file) {
      reply.callNotFound();
      return reply;
    }
    return reply
      .header('cache-control', 'no-cache')
      .header('x-content-type-options', 'nosniff')
      .type(contentTypes[extname(name)] ?? 'application/octet-stream')
      .send(file);
  };
  for (const [folder, files] of Object.entries({ public: assets, playground })) {
    app.get(`/examples/${folder}/:name`, { schema: { hide: true } }, (request, reply) => {
      const { name } = request.params as { name: string };
      return sendFile(reply, name, files.get(name));
    });
  }
  app.get('/playground/custom-elements.json', { schema: { hide: true } }, (_request, reply) =>
    sendFile(reply, 'custom-elements.json', manifest),
  );
  return app;
}
