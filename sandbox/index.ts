import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { createConversation } from './conversation.js';
import { OpenAIStyleError } from './openai-error.js';
import { createResponses, responsesBodyLimit } from './responses.js';
import { isScenario, scenarios, type Scenario } from './scenarios.js';
import { SessionBook } from './session-book.js';
import { deadFrame, defaultPublicFolder, readStatic, staticNames } from './static-files.js';

export { scenarios, type Scenario } from './scenarios.js';

/** The one key that the sandbox takes; it opens nothing else. */
export const sandboxApiKey = 'sk-sandbox-not-a-real-key';
const knownWorkflow = 'wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8';
const slowSessionMs = 1500;
const maxRecorded = 2000;

export interface SandboxOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** What the addresses without `/scenarios/<name>` do. */
  readonly scenario?: Scenario;
  /** Workflows that the sandbox knows besides the default one. */
  readonly workflowIds?: readonly string[];
  /** Between two words of an answer, in milliseconds. */
  readonly wordDelayMs?: number;
  /** Folder with the built browser half. */
  readonly publicFolder?: string;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

/** A request to the API, without its secrets. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the scenario. */
  readonly path: string;
  readonly scenario: Scenario;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** 0 when the connection was cut before an answer. */
  readonly status: number;
}

export interface Sandbox {
  readonly url: string;
  readonly apiKey: string;
  /** What a page and a service are pointed at, for a scenario. */
  base(scenario?: Scenario): { chatkitSrc: string; apiBaseUrl: string };
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

const secretHeaders = ['authorization', 'cookie'];

function harmlessHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !secretHeaders.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
}

function checkClient(request: FastifyRequest): void {
  if (request.headers.authorization !== `Bearer ${sandboxApiKey}`) {
    throw new OpenAIStyleError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
  }
  if (request.headers['openai-beta'] !== 'chatkit_beta=v1') {
    throw new OpenAIStyleError(
      400,
      "You must provide the 'OpenAI-Beta' header with value 'chatkit_beta=v1'.",
      { code: 'invalid_beta' },
    );
  }
}

/**
 * Starts what stands in for OpenAI: ChatKit's script and frame, and the API behind them.
 *
 * @throws {Error} EADDRINUSE and the like, or ENOENT when the browser half is not built
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = 'localhost', scenario: usual = 'ok', now = Date.now } = options;
  const folder = options.publicFolder ?? defaultPublicFolder;
  const book = new SessionBook([knownWorkflow, ...(options.workflowIds ?? [])], now);
  const converse = createConversation({ book, wordDelayMs: options.wordDelayMs ?? 18 });
  const respond = createResponses({
    apiKey: sandboxApiKey,
    wordDelayMs: options.wordDelayMs ?? 18,
    now,
  });
  const requests: RecordedRequest[] = [];
  const app = Fastify({ logger: false, forceCloseConnections: true });
  const stop = new AbortController();

  app.setErrorHandler((error, _request, reply) => {
    const known =
      error instanceof OpenAIStyleError
        ? error
        : new OpenAIStyleError(
            (error as { statusCode?: number }).statusCode ?? 500,
            (error as { statusCode?: number }).statusCode === undefined
              ? 'The sandbox failed.'
              : 'The body could not be read as JSON.',
          );
    return reply.code(known.status).headers(known.headers).send(known.body);
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(new OpenAIStyleError(404, `Invalid URL (${request.method}).`).body),
  );
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-taskpilot-sandbox', 'true');
    done();
  });

  const describe = () => ({
    what: 'Local sandbox, not OpenAI',
    environment: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: sandboxApiKey },
    'chatkit-src': `${url}/deployments/chatkit/chatkit.js`,
    scenarios: Object.fromEntries(
      scenarios.map(({ name, description }) => [`/scenarios/${name}`, description]),
    ),
  });
  app.get('/', () => describe());
  app.get('/healthz', () => ({ status: 'ok' }));

  const scenarioOf = (request: FastifyRequest): Scenario => {
    const { scenario } = request.params as { scenario?: string };
    if (scenario === undefined) return usual;
    if (isScenario(scenario)) return scenario;
    throw new OpenAIStyleError(404, 'There is no scenario of this name. GET / lists them.');
  };

  const createSession = async (request: FastifyRequest, reply: FastifyReply) => {
    const scenario = scenarioOf(request);
    checkClient(request);
    switch (scenario) {
      case 'session-401':
        throw new OpenAIStyleError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
      case 'session-404':
      case 'workflow-gone': {
        const { workflow } = (request.body ?? {}) as { workflow?: { id?: string } };
        throw new OpenAIStyleError(404, `Workflow with id '${workflow?.id ?? ''}' not found.`);
      }
      case 'session-429':
        throw new OpenAIStyleError(429, 'Rate limit reached.', {
          type: 'rate_limit_error',
          code: 'rate_limit_exceeded',
          headers: { 'retry-after': '1' },
        });
      case 'session-500':
        throw new OpenAIStyleError(500, 'The server had an error.', { type: 'server_error' });
      case 'session-hang':
        return reply.hijack();
      case 'session-reset':
        reply.hijack();
        request.raw.socket.destroy();
        return reply;
      case 'session-garbage':
        return reply.type('text/html').send('<!doctype html><title>Welcome</title>');
      case 'slow':
        await sleep(slowSessionMs, undefined, { signal: stop.signal });
        break;
      default:
    }
    return book.describe(book.create(request.body, scenario === 'secret-expires'));
  };

  const record = (request: FastifyRequest, reply: FastifyReply, path: string) => {
    const scenario = scenarioOf(request);
    reply.raw.once('close', () => {
      if (requests.length >= maxRecorded) requests.shift();
      requests.push({
        method: request.method,
        path,
        scenario,
        headers: harmlessHeaders(request.headers),
        body: request.body ?? null,
        status: reply.raw.headersSent ? reply.raw.statusCode : 0,
      });
    });
  };

  for (const prefix of ['', '/scenarios/:scenario']) {
    for (const name of staticNames) {
      app.get(`${prefix}/deployments/chatkit/${name}`, async (request, reply) => {
        const scenario = scenarioOf(request);
        if (name === 'chatkit.js' && scenario === 'script-blocked') return reply.code(403).send();
        const { body, headers } = await readStatic(folder, name);
        const dead = name === 'index.html' && scenario === 'frame-dead';
        return reply.headers(headers).send(dead ? deadFrame : body);
      });
    }
    app.post(`${prefix}/v1/chatkit/sessions`, (request, reply) => {
      record(request, reply, '/v1/chatkit/sessions');
      return createSession(request, reply);
    });
    app.post(`${prefix}/v1/chatkit/sessions/:id/cancel`, (request, reply) => {
      const { id } = request.params as { id: string };
      record(request, reply, `/v1/chatkit/sessions/${id}/cancel`);
      checkClient(request);
      return book.describe(book.cancel(id));
    });
    app.post(`${prefix}/v1/chatkit/conversation`, (request, reply) => {
      record(request, reply, '/v1/chatkit/conversation');
      return converse(request, reply, scenarioOf(request));
    });
    app.post(`${prefix}/v1/responses`, { bodyLimit: responsesBodyLimit }, (request, reply) => {
      record(request, reply, '/v1/responses');
      return respond(request, reply, scenarioOf(request));
    });
  }

  const url = (await app.listen({ port, host }))
    .replace('127.0.0.1', 'localhost')
    .replace('[::1]', 'localhost');
  return {
    url,
    apiKey: sandboxApiKey,
    base: (scenario) => {
      const base =
        scenario === undefined || scenario === usual ? url : `${url}/scenarios/${scenario}`;
      return {
        chatkitSrc: `${base}/deployments/chatkit/chatkit.js`,
        apiBaseUrl: `${base}/v1`,
      };
    },
    requests,
    close: async () => {
      stop.abort();
      await app.close();
    },
  };
}
