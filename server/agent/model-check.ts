import type { UpstreamOptions } from './upstream.js';

interface ListedModel {
  readonly id: string;
  /** Unix seconds, or a date in ISO 8601. */
  readonly shutdown_date?: unknown;
}

const timeoutMs = 5000;

/** The names of models in an agent's code, as exports and examples write them. */
export const modelsIn = (source: string): string[] => [
  ...new Set(
    [...source.matchAll(/\bmodel:\s*(["'`])([\w.:/-]+)\1/g)].flatMap(([, , name]) => name ?? []),
  ),
];

function endOf({ shutdown_date: date }: ListedModel): string | null {
  if (typeof date === 'number') return new Date(date * 1000).toISOString().slice(0, 10);
  return typeof date === 'string' && date !== '' ? date.slice(0, 10) : null;
}

async function listModels(
  { apiKey, baseUrl, fetch = globalThis.fetch }: UpstreamOptions,
  signal: AbortSignal,
): Promise<readonly ListedModel[] | null> {
  try {
    const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/models`, {
      headers: { authorization: `Bearer ${apiKey ?? ''}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return null;
    }
    const { data } = (await response.json()) as { readonly data?: unknown };
    return Array.isArray(data) ? (data as ListedModel[]) : null;
  } catch {
    // A server without such a list, or one that is away: the first answer tells what is wrong.
    return null;
  }
}

/**
 * What an operator should know about the models that an agent uses: a line for each that is not listed by
 * `GET /v1/models`, or that has a date of its end. Nothing where the server does not list its models within five seconds.
 *
 * @see https://platform.openai.com/docs/deprecations
 */
export async function checkModels(
  names: readonly string[],
  upstream: UpstreamOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const listed = names.length === 0 ? null : await listModels(upstream, signal);
  if (listed === null) return [];
  const byName = new Map(listed.map((model) => [model.id, model]));
  return names.flatMap((name) => {
    const advice = `Set AGENT_MODEL_MAP=${name}=… to use another one.`;
    const model = byName.get(name);
    if (model === undefined) return `The agent’s model ${name} is not listed. ${advice}`;
    const end = endOf(model);
    return end === null ? [] : `The agent’s model ${name} ends on ${end}. ${advice}`;
  });
}
