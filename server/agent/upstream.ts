import type * as Agents from '@openai/agents';
import type { ModelProvider } from '@openai/agents';
import { AsyncLocalStorage } from 'node:async_hooks';
import OpenAI from 'openai';
import { compatibleModels, type AgentApi } from './compatible-models.js';
import {
  apiRoot,
  compatibleFetch,
  modelHostOf,
  requestUrl,
  setKey,
  type ModelHost,
} from './compatible-requests.js';
import {
  isTransientStatus,
  retry,
  retryAfterMs,
  systemTiming,
  type RetryTiming,
} from '../retry.js';
import { AgentFailure } from './failures.js';
import { mapModels, type ModelMap } from './model-map.js';
import type { WorkflowRun } from './workflow-run.js';

/** One copy of the Agents SDK; an operator's module may bring another one. */
export type Sdk = typeof Agents;

/**
 * Imports the SDK on first use: it takes half a second, and a service with hosted sessions alone never needs
 * it. Its only side effect is a tracing exporter, which stays idle because our runs are not traced.
 */
export const loadSdk = (): Promise<Sdk> => import('@openai/agents');

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface UpstreamOptions {
  /** Without one, requests fail with `not_configured`; an agent with a model of another provider works. */
  readonly apiKey: string | undefined;
  /** Root of OpenAI's API or of a compatible one, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** `responses` by default; `chat-completions` for servers without the Responses API. */
  readonly api?: AgentApi | undefined;
  /**
   * For Azure OpenAI: `v1`, which is the default at Azure's own hosts, or a version with a date, for deployments
   * with a path of their own.
   */
  readonly azureApiVersion?: string | undefined;
  /** Node's own by default. */
  readonly fetch?: Fetch;
  /** Models to use in place of others; none by default. */
  readonly modelMap?: ModelMap | undefined;
  /** For tests. */
  readonly timing?: Partial<RetryTiming>;
}

/** Access to the model's API. */
export interface Upstream {
  readonly client: OpenAI;
  readonly modelMap: ModelMap;
  readonly api: AgentApi;
  /**
   * Runs a workflow. The requests that it makes with the SDK's default client go to this upstream, and end
   * with the run's signal.
   */
  within<T>(run: WorkflowRun, work: () => Promise<T>): Promise<T>;
  /** As `within`, for what is no workflow. */
  readonly onRoute: <T>(work: () => T) => T;
}

interface Route {
  readonly apiKey: string | undefined;
  readonly baseUrl: string;
  readonly host: ModelHost;
  readonly send: Fetch;
}

/**
 * Module state, because the SDK's default client is global: with several services in one process it is the
 * client of the last one, and each run has to find its own route through it.
 */
const running = new AsyncLocalStorage<{
  readonly run: WorkflowRun | undefined;
  readonly route: Route;
}>();

/** The workflow run that the calling code belongs to. */
export const currentWorkflowRun = (): WorkflowRun | undefined => running.getStore()?.run;

/** A response that a further attempt may replace. */
class TransientResponse extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super(`Status ${response.status}`);
    this.response = response;
  }
}

function isTransient({ status, headers }: Response): boolean {
  const advice = headers.get('x-should-retry');
  return advice === null ? isTransientStatus(status) : advice === 'true';
}

const firstDelayMs = 250;
/** A visitor is waiting for the answer. */
const maxDelayMs = 5000;

/**
 * Retries until a response is not a transient failure; a response that has begun is never repeated. The
 * OpenAI SDK's own retries ignore an abort while they wait.
 */
function retryingFetch(fetch: Fetch, timing: RetryTiming): Fetch {
  return async (input, init) => {
    const attempt = async () => {
      const response = await fetch(input, init);
      if (isTransient(response)) throw new TransientResponse(response);
      return response;
    };
    try {
      return await retry(attempt, {
        signal: init?.signal ?? new AbortController().signal,
        firstDelayMs,
        maxDelayMs,
        timing,
        isTransient: () => true,
        retryAfter: (error) =>
          error instanceof TransientResponse
            ? retryAfterMs(error.response.headers, timing.now())
            : undefined,
        onRetry: async (error) => {
          if (error instanceof TransientResponse) await error.response.body?.cancel();
        },
      });
    } catch (error) {
      // The SDK makes its own error of the last response.
      if (error instanceof TransientResponse) return error.response;
      throw error;
    }
  };
}

/** Longer than the deadline of any answer, which is what ends a request. */
const requestTimeoutMs = 3_600_000;

export function createUpstream(options: UpstreamOptions): Upstream {
  const { apiKey, fetch = globalThis.fetch, api = 'responses' } = options;
  const host = modelHostOf(options.baseUrl, options.azureApiVersion);
  const baseUrl = apiRoot(options.baseUrl, host);
  const timing = { ...systemTiming, ...options.timing };
  const send = compatibleFetch(retryingFetch(fetch, timing), host);
  const ownRoute: Route = { apiKey, baseUrl, host, send };
  const client = new OpenAI({
    apiKey: apiKey ?? 'not configured',
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: requestTimeoutMs,
    organization: null,
    project: null,
    logLevel: 'off',
    fetch: (input, init) => {
      const { run, route } = running.getStore() ?? { run: undefined, route: ownRoute };
      if (route.apiKey === undefined) return Promise.reject(new AgentFailure('not_configured'));
      const headers = new Headers(init?.headers);
      setKey(headers, route.apiKey, route.host);
      // The client's URLs begin with its own root, which is not the root of another service's route.
      const requested = input instanceof Request ? input.url : String(input);
      const url = requestUrl(
        route.baseUrl,
        requested.slice(baseUrl.length),
        init?.body,
        route.host,
      );
      const signals = [init?.signal, run?.signal].filter((signal) => signal != null);
      return route.send(url, { ...init, headers, signal: AbortSignal.any(signals) });
    },
  });
  return {
    client,
    api,
    modelMap: options.modelMap ?? {},
    within: (run, work) => running.run({ run, route: ownRoute }, work),
    onRoute: (work) => running.run({ run: undefined, route: ownRoute }, work),
  };
}

/** The models of an upstream, for one copy of the SDK. */
export const createModelProvider = (sdk: Sdk, { client, api, modelMap }: Upstream): ModelProvider =>
  mapModels(
    compatibleModels(
      new sdk.OpenAIProvider({ openAIClient: client, useResponses: api === 'responses' }),
      api,
    ),
    modelMap,
  );
