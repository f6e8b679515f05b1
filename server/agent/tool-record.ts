/**
 * What a tool on the server was asked and said. It is stored in the thread as a hidden item, so that the
 * model still knows it when the visitor asks about it later.
 */
export interface ToolRecord {
  readonly kind: 'taskpilot.tool_call';
  readonly call_id: string;
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
  readonly output: string;
}

const maxOutputLength = 16_000;

export function toolRecord(callId: string, name: string, args: string, output: string): ToolRecord {
  const cut = output.length > maxOutputLength;
  return {
    kind: 'taskpilot.tool_call',
    call_id: callId,
    name,
    arguments: args,
    output: cut ? `${output.slice(0, maxOutputLength)}\n[cut off]` : output,
  };
}

/** Null for any other hidden content. */
export function readToolRecord(content: unknown): ToolRecord | null {
  if (typeof content !== 'object' || content === null) return null;
  const record = content as Partial<ToolRecord>;
  const complete = [record.call_id, record.name, record.arguments, record.output].every(
    (field) => typeof field === 'string',
  );
  return record.kind === 'taskpilot.tool_call' && complete ? (content as ToolRecord) : null;
}
