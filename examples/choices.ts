import { scenarios, type Sandbox, type Scenario } from '@taskpilot-chat/sandbox';
import type { Config } from '@taskpilot-chat/server';

export type Backend = Config['backends'][number];
export const backends = ['hosted', 'self-hosted'] as const satisfies readonly Backend[];

/** What a visitor of the demo can choose in a page's address. */
export interface Choice {
  /** Null: the configured backends in their order. */
  readonly backend: Backend | null;
  /** Null: all goes well, or OpenAI answers. */
  readonly scenario: Scenario | null;
}

/** All combinations; without the sandbox there are no scenarios. */
export function allChoices(sandbox: Sandbox | null): Choice[] {
  const names = sandbox ? [null, ...scenarios.map(({ name }) => name)] : [null];
  return [null, ...backends].flatMap((backend) => names.map((scenario) => ({ backend, scenario })));
}

/** Reads a choice from a query; unknown names count as none. */
export function readChoice(
  query: { readonly backend?: string; readonly scenario?: string },
  sandbox: Sandbox | null,
): Choice {
  const scenario = scenarios.find(({ name }) => name === query.scenario)?.name ?? null;
  return {
    backend: backends.find((name) => name === query.backend) ?? null,
    scenario: sandbox ? scenario : null,
  };
}

/** Path prefix of the service instance for this choice. */
export function prefixOf({ backend, scenario }: Choice): string {
  return (backend ? `/backends/${backend}` : '') + (scenario ? `/scenarios/${scenario}` : '');
}

/** The configuration of the service instance for this choice. */
export function configOf(config: Config, sandbox: Sandbox | null, choice: Choice): Config {
  const { backend, scenario } = choice;
  return {
    ...config,
    ...(backend && { backends: [backend] }),
    // Hosted sessions are shortened by the sandbox; this shortens self-hosted ones.
    ...(scenario === 'secret-expires' && { sessionTtlSeconds: 2 }),
    ...(sandbox && {
      openai: {
        ...config.openai,
        apiKey: sandbox.apiKey,
        baseUrl: sandbox.base(scenario ?? 'ok').apiBaseUrl,
      },
    }),
  };
}
