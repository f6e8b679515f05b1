import type * as Agents from '@openai/agents';

/** One copy of the Agents SDK; an operator's module may have brought another one. */
export type Sdk = typeof Agents;

/**
 * The SDK takes a while to load, so that only a service that answers itself does it. Loading it sets nothing
 * up but a tracing exporter, which stays idle: our own runs are not traced.
 */
export const loadSdk = (): Promise<Sdk> => import('@openai/agents');

/** Tracing sends what is said to OpenAI; whoever wants it switches it on in the agent's module. */
export function withoutTracing(sdk: Sdk): void {
  sdk.setTracingDisabled(true);
  sdk.setTraceProcessors([]);
}
