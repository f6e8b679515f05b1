import { AgentFailure, isOverflow } from './failures.js';
import type { Fetch } from './upstream.js';

/** Where the models are: decides what a request may hold, and how it brings the key. */
export type ModelHost =
  | { readonly type: 'openai' }
  /** Azure OpenAI. `v1` has OpenAI's paths; a version with a date has a path for each deployment. */
  | { readonly type: 'azure'; readonly apiVersion: string }
  | { readonly type: 'compatible' };

const hasDomain = (host: string, domain: string): boolean =>
  host === domain || host.endsWith(`.${domain}`);

const azureDomains = ['openai.azure.com', 'cognitiveservices.azure.com', 'services.ai.azure.com'];

/**
 * @param azureApiVersion for Azure behind a host of one's own, or with a version other than `v1`
 */
export function modelHostOf(baseUrl: string, azureApiVersion?: string): ModelHost {
  const { hostname } = new URL(baseUrl);
  if (azureApiVersion !== undefined) return { type: 'azure', apiVersion: azureApiVersion };
  if (hasDomain(hostname, 'openai.com')) return { type: 'openai' };
  return azureDomains.some((domain) => hasDomain(hostname, domain))
    ? { type: 'azure', apiVersion: 'v1' }
    : { type: 'compatible' };
}

/** The root of the API: Azure's page shows the address of the resource alone. */
export function apiRoot(baseUrl: string, host: ModelHost): string {
  const root = baseUrl.replace(/\/+$/, '');
  if (host.type !== 'azure') return root;
  const resource = root.replace(/\/openai(\/v1)?$/, '');
  return host.apiVersion === 'v1' ? `${resource}/openai/v1` : `${resource}/openai`;
}

type Body = Readonly<Record<string, unknown>>;

/** The address of a request within the API. */
export function requestUrl(root: string, path: string, body: unknown, host: ModelHost): string {
  if (host.type !== 'azure' || host.apiVersion === 'v1') return root + path;
  const asked = typeof body === 'string' ? parsed(body) : undefined;
  const model = isRecord(asked) && typeof asked['model'] === 'string' ? asked['model'] : '';
  const deployment = path.startsWith('/chat/') ? `/deployments/${encodeURIComponent(model)}` : '';
  return `${root}${deployment}${path}?api-version=${encodeURIComponent(host.apiVersion)}`;
}

/** An Entra token is a JWT; an API key is not. */
export function setKey(headers: Headers, key: string, host: ModelHost): void {
  if (host.type === 'azure' && !key.startsWith('ey')) {
    headers.delete('authorization');
    headers.set('api-key', key);
  } else {
    headers.set('authorization', `Bearer ${key}`);
  }
}

/** Fields about the user, caches and billing, which mean something at OpenAI alone. */
const forOpenAI = [
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
  'service_tier',
];

/** Fields that an answer can do without, when a server refuses them. */
const optional = [
  ...forOpenAI,
  'store',
  'parallel_tool_calls',
  'stream_options',
  'reasoning_effort',
  'verbosity',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'max_completion_tokens',
  'max_tokens',
];

/** What servers say of a field that they do not take. */
const refusal =
  /unrecogni[sz]ed|unknown|unsupported|not support|not permitted|not allowed|unexpected|extra|deprecated/i;

/** The optional fields of a request that a refusal names. */
const refusedFields = (body: Body, answer: string): string[] =>
  refusal.test(answer) && !isOverflow(answer)
    ? optional.filter(
        (name) => name in body && new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(answer),
      )
    : [];

function without(body: Body, names: readonly string[]): Body {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

/** Reasoning models take the bound under its newer name alone, older servers under the older one. */
function renamed(body: Body, from: string, to: string): Body {
  const { [from]: value, ...others } = body;
  return value === undefined || to in body ? body : { ...others, [to]: value };
}

function prepare(body: Body, host: ModelHost, isChat: boolean): Body {
  if (host.type === 'compatible') {
    return without(body, isChat ? [...forOpenAI, 'store'] : forOpenAI);
  }
  const own = host.type === 'azure' ? without(body, forOpenAI) : body;
  return isChat ? renamed(own, 'max_tokens', 'max_completion_tokens') : own;
}

const isRecord = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The error of an answer in OpenAI's envelope, whose text the SDK drops in other forms: `{"message"}` (vLLM),
 * `{"error": "…"}` (Ollama), `{"detail"}` (FastAPI), plain text.
 */
function errorOf(text: string): Body {
  const data = parsed(text);
  if (!isRecord(data)) return { message: text.slice(0, 2000) };
  const { error = data } = data;
  if (!isRecord(error)) return { message: String(error) };
  const { message = error['detail'] ?? error['error'] } = error;
  return { ...error, message: typeof message === 'string' ? message : JSON.stringify(message) };
}

const isRefusal = ({ status }: Response): boolean => status === 400 || status === 422;

/**
 * Sends requests in the form that the server takes: without the fields that are for OpenAI alone, and again
 * without those that the server refuses, which are remembered for each model.
 */
export function compatibleFetch(fetch: Fetch, host: ModelHost): Fetch {
  const refused = new Map<string, Set<string>>();

  return async (input, init) => {
    const body = typeof init?.body === 'string' ? parsed(init.body) : undefined;
    const url = String(input instanceof Request ? input.url : input);
    const path = new URL(url).pathname;
    const isChat = path.endsWith('/chat/completions');
    if (!(isChat || path.endsWith('/responses')) || !isRecord(body)) return fetch(input, init);
    const key = `${path} ${String(body['model'])}`;
    const known = refused.get(key) ?? new Set<string>();
    refused.set(key, known);

    const send = async (): Promise<Response> => {
      const prepared = [...known].reduce(
        (rest, name) =>
          name === 'max_tokens'
            ? renamed(rest, name, 'max_completion_tokens')
            : name === 'max_completion_tokens'
              ? renamed(rest, name, 'max_tokens')
              : without(rest, [name]),
        prepare(body, host, isChat),
      );
      const response = await fetch(input, { ...init, body: JSON.stringify(prepared) });
      if (response.ok) return response;
      const text = await response.text();
      const fields = isRefusal(response)
        ? refusedFields(prepared, text).filter((name) => !known.has(name))
        : [];
      if (fields.length > 0) {
        for (const name of fields) known.add(name);
        return send();
      }
      const error = errorOf(text);
      const isMissing = response.status === 404 || response.status === 405;
      if (isMissing && !isChat && !/model|deployment/i.test(text)) {
        throw new AgentFailure('no_responses_api', { status: response.status });
      }
      const headers = new Headers(response.headers);
      headers.delete('content-length');
      headers.delete('content-encoding');
      headers.set('content-type', 'application/json');
      return new Response(JSON.stringify({ error }), { status: response.status, headers });
    };
    return send();
  };
}
