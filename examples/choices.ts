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
  /** Whether the page is the board, for which an agent of its own answers self-hosted chats. */
  readonly board: boolean;
}

/** All combinations; without the sandbox there are no scenarios. */
export function allChoices(sandbox: Sandbox | null): Choice[] {
  const names = sandbox ? [null, ...scenarios.map(({ name }) => name)] : [null];
  return [false, true].flatMap((board) =>
    [null, ...backends]
      .filter((backend) => !board || backend !== 'hosted')
      .flatMap((backend) => names.map((scenario) => ({ backend, scenario, board }))),
  );
}

/** Reads a choice from a query; unknown names count as none. */
export function readChoice(
  query: { readonly backend?: string; readonly scenario?: string },
  sandbox: Sandbox | null,
  isBoard = false,
): Choice {
  const backend = backends.find((name) => name === query.backend) ?? null;
  const scenario = scenarios.find(({ name }) => name === query.scenario)?.name ?? null;
  return {
    backend,
    scenario: sandbox ? scenario : null,
    board: isBoard && backend !== 'hosted',
  };
}

/** Path prefix of the service instance for this choice. */
export function prefixOf({ backend, scenario, board }: Choice): string {
  return (
    (board ? '/board' : '') +
    (backend ? `/backends/${backend}` : '') +
    (scenario ? `/scenarios/${scenario}` : '')
  );
}

/**
 * The configuration of the service instance for this choice.
 *
 * @param boardAgent the module of the board's agent; the operator's own, where there is one, answers everywhere
 */
export function configOf(
  config: Config,
  sandbox: Sandbox | null,
  choice: Choice,
  boardAgent: string,
): Config {
  const { backend, scenario, board } = choice;
  return {
    ...config,
    ...(backend && { backends: [backend] }),
    ...(board && { agent: { ...config.agent, module: config.agent.module ?? boardAgent } }),
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
