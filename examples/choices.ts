import { scenarios, type Sandbox, type Scenario } from '@taskpilot-chat/sandbox';
import type { Config } from '@taskpilot-chat/server';

export type Backend = Config['backends'][number];
export const backends = ['hosted', 'self-hosted'] as const satisfies readonly Backend[];

/** What a visitor of the demo can choose in a page's address. */
export interface Choice {
  /** Null: those that are configured, in their order. */
  readonly backend: Backend | null;
  /** Null: all goes well, or OpenAI answers. */
  readonly scenario: Scenario | null;
}

/** Every choice that there is; with OpenAI, nothing can be made to fail. */
export function allChoices(sandbox: Sandbox | null): Choice[] {
  const names = sandbox ? [null, ...scenarios.map(({ name }) => name)] : [null];
  return [null, ...backends].flatMap((backend) => names.map((scenario) => ({ backend, scenario })));
}

/** Reads the query of an address; what is not there to be chosen is not chosen. */
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

/** Where the service stands that is configured for this choice: the path before `/api/chatkit/sessions`. */
export function prefixOf({ backend, scenario }: Choice): string {
  return (backend ? `/backends/${backend}` : '') + (scenario ? `/scenarios/${scenario}` : '');
}

/** The configuration for this choice, which is all it takes. */
export function configOf(config: Config, sandbox: Sandbox | null, choice: Choice): Config {
  const { backend, scenario } = choice;
  return {
    ...config,
    ...(backend && { backends: [backend] }),
    // The sandbox ends hosted sessions early by itself.
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
