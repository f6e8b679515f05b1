import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { scenarios, type Sandbox, type Scenario } from '../sandbox/index.js';
import { buildApp, taskpilotChat, type AppDependencies, type Config } from '../server/index.js';
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
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The built files: this module runs from dist/examples (npm start) and from examples (tests). */
function builtFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return basename(dirname(here)) === 'dist' ? here : join(here, '../dist/examples');
}

/** `config`, with a scenario of the sandbox in OpenAI's place. Configuration is all it takes. */
export function sandboxConfig(config: Config, sandbox: Sandbox, scenario: Scenario): Config {
  const baseUrl = sandbox.base(scenario).apiBaseUrl;
  return { ...config, openai: { ...config.openai, apiKey: sandbox.apiKey, baseUrl } };
}

function findScenario(name: string | null): Scenario | null {
  return scenarios.find((scenario) => scenario.name === name)?.name ?? null;
}

async function readFolder(folder: string): Promise<Map<string, Buffer>> {
  const names = await readdir(folder);
  const files = names.map(async (name) => [name, await readFile(join(folder, name))] as const);
  return new Map(await Promise.all(files));
}

/**
 * The service with the demo page and the examples around it; it does not listen. With a sandbox, further
 * instances of the service stand under `/scenarios/<name>`, each configured for that scenario, and
 * `?scenario=<name>` on any page chooses one.
 *
 * @throws {Error} ENOENT when the project is not built
 */
export async function buildExamples(options: ExamplesOptions): Promise<FastifyInstance> {
  const { config, sandbox, dependencies = {} } = options;
  const [html, assets] = await Promise.all([
    readFolder(join(builtFolder(), 'pages')),
    readFolder(join(builtFolder(), 'public')),
  ]);
  const app = await buildApp(sandbox ? sandboxConfig(config, sandbox, 'ok') : config, dependencies);
  if (sandbox) {
    for (const { name } of scenarios) {
      await app.register(taskpilotChat, {
        prefix: `/scenarios/${name}`,
        config: sandboxConfig(config, sandbox, name),
        ...dependencies,
      });
    }
  }

  const send = (page: Page, file: string, request: FastifyRequest, reply: FastifyReply) => {
    const { scenario: asked = null } = request.query as { scenario?: string };
    const scenario = findScenario(asked);
    const { html: text, policy } = renderPage(page, file, {
      prefix: sandbox && scenario ? `/scenarios/${scenario}` : '',
      chatkitSrc: sandbox?.base(scenario ?? 'ok').chatkitSrc ?? null,
      strip: strip({
        scenarios: sandbox ? scenarios : null,
        asked,
        origin: `${request.protocol}://${request.host}`,
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
    querystring: { type: 'object', properties: { scenario: { type: 'string', maxLength: 64 } } },
  };
  for (const page of pages) {
    const file = html.get(page.file);
    if (!file) throw new Error(`${page.file} is missing in ${builtFolder()}: run npm run build`);
    app.get(page.path, { schema }, (...args) => send(page, file.toString(), ...args));
  }
  app.get('/examples', { schema }, (_request, reply) => reply.redirect('/examples/'));

  app.get('/examples/public/:name', { schema: { hide: true } }, (request, reply) => {
    const { name } = request.params as { name: string };
    const file = assets.get(name);
    if (!file) {
      reply.callNotFound();
      return reply;
    }
    return reply
      .header('cache-control', 'no-cache')
      .header('x-content-type-options', 'nosniff')
      .type(contentTypes[extname(name)] ?? 'application/octet-stream')
      .send(file);
  });
  return app;
}
