import { MemoryStore } from '@taskpilot-chat/server/chatkit';
import Fastify, { type FastifyError, type FastifyRequest } from 'fastify';
import { createConversation } from './api/conversation.js';
import { createChatCompletions, createModerations } from './api/guardrails.js';
import { FileUploads, fileBodyLimit } from './api/file-uploads.js';
import { OpenAIStyleError } from './api/openai-error.js';
import { Recorder, type RecordedRequest } from './api/recorder.js';
import {
  createModelList,
  createModels,
  createResponses,
  responsesBodyLimit,
} from './api/responses.js';
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
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  readonly host?: string;
  /** The scenario of URLs without `/scenarios/<name>`; default `ok`. */
  readonly scenario?: Scenario;
  /** Workflows that the sandbox knows besides the default one. */
  readonly workflowIds?: readonly string[];
  /** Delay between two words of an answer, in milliseconds; default 18. */
  readonly wordDelayMs?: number;
  /** Folder with the built browser half. */
  readonly publicFolder?: string;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

export interface Sandbox {
  readonly url: string;
  readonly apiKey: string;
  /** The URLs to configure in the page (`chatkit-src`) and in the service (`OPENAI_BASE_URL`). */
  base(scenario?: Scenario): { chatkitSrc: string; apiBaseUrl: string };
  /** Requests to the API in order of arrival, without secrets. */
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

/** Converts an error to OpenAI's envelope. Internal errors get a generic message. */
function toEnvelope(error: FastifyError | OpenAIStyleError): OpenAIStyleError {
  if (error instanceof OpenAIStyleError) return error;
  const { statusCode: status = 500 } = error;
  return status < 500
    ? new OpenAIStyleError(status, 'The body could not be read as JSON.')
    : new OpenAIStyleError(status, 'The sandbox failed.', { type: 'server_error' });
}

/**
 * Starts the sandbox, which stands in for OpenAI: ChatKit's script and frame, and the API behind them.
 *
 * @example
 * const sandbox = await startSandbox();
 * const { chatkitSrc, apiBaseUrl } = sandbox.base('session-429');
 * // …
 * await sandbox.close();
 *
 * @throws {Error} with `code` `EADDRINUSE` and other errors of listening, or `ENOENT` when the browser files
 * are not built
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = 'localhost', scenario: usual = 'ok', now = Date.now } = options;
  const folder = options.publicFolder ?? defaultPublicFolder();
  await checkFolder(folder);
  const stop = new AbortController();
  const book = new SessionBook([knownWorkflow, ...(options.workflowIds ?? [])], now);
  const createSession = createSessionsApi({ book, signal: stop.signal });
  const store = new MemoryStore();
  const files = new FileUploads(store);
  const wordDelayMs = options.wordDelayMs ?? 18;
  const converse = createConversation({ book, wordDelayMs, store, files });
  const retrieveModel = createModels(sandboxApiKey);
  const listModels = createModelList(sandboxApiKey);
  const moderate = createModerations(sandboxApiKey);
  const complete = createChatCompletions(sandboxApiKey, now);
  const respond = createResponses({ apiKey: sandboxApiKey, wordDelayMs, now });
  const recorder = new Recorder();
  // Hanging and streaming connections are closed, not awaited.
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
    app.register((uploads, _options, done) => {
      uploads.removeAllContentTypeParsers();
      uploads.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, next) =>
        next(null, body),
      );
      uploads.put(
        `${prefix}/v1/chatkit/conversation/files/:id`,
        { bodyLimit: fileBodyLimit },
        files.receive,
      );
      done();
    });
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
      api.post(
        `${prefix}/v1/chat/completions`,
        { bodyLimit: responsesBodyLimit },
        (request, reply) => complete(request, reply),
      );
      api.post(`${prefix}/v1/moderations`, (request) => moderate(request));
      api.get(`${prefix}/v1/models`, (request) => listModels(request));
      api.get(`${prefix}/v1/models/:model`, (request) => retrieveModel(request));
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
