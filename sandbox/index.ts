import Fastify, { type FastifyError, type FastifyRequest } from 'fastify';
import { createConversation } from './api/conversation.js';
import { OpenAIStyleError } from './api/openai-error.js';
import { Recorder, type RecordedRequest } from './api/recorder.js';
import { createResponses, responsesBodyLimit } from './api/responses.js';
import { isScenario, scenarios, type Scenario } from './api/scenarios.js';
import { SessionBook } from './api/session-book.js';
import { checkClient, createSessionsApi, sandboxApiKey } from './api/sessions-api.js';
import {
  checkFolder,
  deadFrame,
  defaultPublicFolder,
  readStatic,
  staticNames,
} from './api/static-files.js';

export type { RecordedRequest } from './api/recorder.js';
export { isScenario, scenarios, type Scenario } from './api/scenarios.js';
export { sandboxApiKey } from './api/sessions-api.js';

const knownWorkflow = 'wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8';

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

export interface Sandbox {
  readonly url: string;
  readonly apiKey: string;
  /** What a page and a service are pointed at, for a scenario. */
  base(scenario?: Scenario): { chatkitSrc: string; apiBaseUrl: string };
  /** What the API was asked, in the order of arrival; without secrets. */
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

/** A failure in OpenAI's envelope; what is a fault of the sandbox itself is not explained to its client. */
function toEnvelope(error: FastifyError | OpenAIStyleError): OpenAIStyleError {
  if (error instanceof OpenAIStyleError) return error;
  const { statusCode: status = 500 } = error;
  return status < 500
    ? new OpenAIStyleError(status, 'The body could not be read as JSON.')
    : new OpenAIStyleError(status, 'The sandbox failed.', { type: 'server_error' });
}

/**
 * Starts what stands in for OpenAI: ChatKit's script and frame, and the API behind them.
 *
 * @throws {Error} EADDRINUSE and the like, or ENOENT when the browser half is not built
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = 'localhost', scenario: usual = 'ok', now = Date.now } = options;
  const folder = options.publicFolder ?? defaultPublicFolder();
  await checkFolder(folder);
  const stop = new AbortController();
  const book = new SessionBook([knownWorkflow, ...(options.workflowIds ?? [])], now);
  const createSession = createSessionsApi({ book, signal: stop.signal });
  const converse = createConversation({ book, wordDelayMs: options.wordDelayMs ?? 18 });
  const respond = createResponses({
    apiKey: sandboxApiKey,
    wordDelayMs: options.wordDelayMs ?? 18,
    now,
  });
  const recorder = new Recorder();
  // Connections that hang or stream are cut at the end, not waited for.
  const app = Fastify({ logger: false, forceCloseConnections: true });

  app.setErrorHandler<FastifyError | OpenAIStyleError>((error, _request, reply) => {
    const { status, headers, body } = toEnvelope(error);
    return reply.code(status).headers(headers).send(body);
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(new OpenAIStyleError(404, `Invalid URL (${request.method}).`).body),
  );
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-taskpilot-sandbox', 'true');
    done();
  });

  const scenarioOf = (request: FastifyRequest): Scenario => {
    const { scenario } = request.params as { scenario?: string };
    if (scenario === undefined) return usual;
    if (isScenario(scenario)) return scenario;
    throw new OpenAIStyleError(404, 'There is no scenario of this name. GET / lists them.');
  };
  const base: Sandbox['base'] = (scenario = usual) => {
    const prefix = scenario === usual ? url : `${url}/scenarios/${scenario}`;
    return {
      chatkitSrc: `${prefix}/deployments/chatkit/chatkit.js`,
      apiBaseUrl: `${prefix}/v1`,
    };
  };

  app.get('/', () => ({
    what: 'Local sandbox, not OpenAI',
    environment: { OPENAI_BASE_URL: base().apiBaseUrl, OPENAI_API_KEY: sandboxApiKey },
    'chatkit-src': base().chatkitSrc,
    scenarios: Object.fromEntries(
      scenarios.map(({ name, description }) => [name, { description, ...base(name) }]),
    ),
  }));
  app.get('/healthz', () => ({ status: 'ok' }));

  for (const prefix of ['', '/scenarios/:scenario']) {
    for (const name of staticNames) {
      app.get(`${prefix}/deployments/chatkit/${name}`, async (request, reply) => {
        const scenario = scenarioOf(request);
        if (name === 'chatkit.js' && scenario === 'script-blocked') return reply.code(403).send();
        if (name === 'index.html' && scenario === 'frame-dead') {
          return reply.type('text/html; charset=utf-8').send(deadFrame);
        }
        const { body, headers } = await readStatic(
          folder,
          name,
          request.headers['accept-encoding'],
        );
        return reply.headers(headers).send(body);
      });
    }
    app.register((api, _options, done) => {
      api.addHook('onRequest', (request, reply, next) => {
        recorder.begin(request, reply, scenarioOf(request));
        next();
      });
      api.addHook('preHandler', (request, _reply, next) => {
        recorder.readBody(request);
        next();
      });
      api.addHook('onSend', (request, reply, _payload, next) => {
        recorder.end(request, reply);
        next();
      });
      api.post(`${prefix}/v1/chatkit/sessions`, (request, reply) =>
        createSession(request, reply, scenarioOf(request)),
      );
      api.post(`${prefix}/v1/chatkit/sessions/:id/cancel`, (request) => {
        checkClient(request);
        return book.describe(book.cancel((request.params as { id: string }).id));
      });
      api.post(`${prefix}/v1/chatkit/conversation`, (request, reply) =>
        converse(request, reply, scenarioOf(request)),
      );
      api.post(`${prefix}/v1/responses`, { bodyLimit: responsesBodyLimit }, (request, reply) =>
        respond(request, reply, scenarioOf(request)),
      );
      done();
    });
  }

  const address = new URL(await app.listen({ port, host }));
  const isLoopback = ['127.0.0.1', '[::1]'].includes(address.hostname);
  const url = `http://${isLoopback ? 'localhost' : address.hostname}:${address.port}`;
  return {
    url,
    apiKey: sandboxApiKey,
    base,
    requests: recorder.requests,
    close: async () => {
      stop.abort();
      await app.close();
    },
  };
}
