/** The scenarios, each served under `/scenarios/<name>`. */
export const scenarios = [
  { name: 'ok', description: 'Everything works.' },
  { name: 'slow', description: 'Sessions take 1.5 s, and answers come slowly.' },
  { name: 'session-401', description: 'OpenAI refuses the API key.' },
  { name: 'session-404', description: 'OpenAI does not know the workflow.' },
  {
    name: 'workflow-gone',
    description: 'OpenAI knows no workflow any more; its models answer.',
  },
  { name: 'session-429', description: 'OpenAI has had too many requests.' },
  { name: 'session-500', description: 'OpenAI fails.' },
  { name: 'session-hang', description: 'OpenAI never answers.' },
  { name: 'session-reset', description: 'OpenAI drops the connection.' },
  { name: 'session-garbage', description: 'OpenAI answers without a usable secret.' },
  { name: 'script-blocked', description: 'ChatKit’s script cannot be loaded.' },
  { name: 'frame-dead', description: 'ChatKit’s frame loads, but its application never runs.' },
  { name: 'secret-expires', description: 'Secrets live for two seconds only.' },
  {
    name: 'stream-breaks',
    description: 'The first answer of a thread is cut off; trying again works.',
  },
] as const;

export type Scenario = (typeof scenarios)[number]['name'];

export function isScenario(name: string): name is Scenario {
  return scenarios.some((scenario) => scenario.name === name);
}
