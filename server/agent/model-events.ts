/** The events of the Responses API, as they come from OpenAI. */
export const isResponsesType = (type: unknown): boolean =>
  typeof type === 'string' && (type.startsWith('response.') || type === 'error');

export const typeOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
