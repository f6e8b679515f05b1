/** As much of JSON Schema as structured outputs may use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
}

/** The choice that the message names, or the first. */
function choose(choices: readonly unknown[], message: string): unknown {
  const lower = message.toLowerCase();
  return choices.find((choice) => lower.includes(String(choice).toLowerCase())) ?? choices[0];
}

/** Something that follows the schema: texts say the answer, choices look for their word in the message. */
export function exampleOf(schema: Schema, message: string, answer: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return choose(schema.enum, message);
  const [first] = schema.anyOf ?? [];
  if (first !== undefined) return exampleOf(first, message, answer);
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, property]) => [
          name,
          exampleOf(property, message, answer),
        ]),
      );
    case 'array':
      return [];
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return answer;
  }
}
