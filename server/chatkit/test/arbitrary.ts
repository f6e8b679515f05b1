import fc from 'fast-check';
import type { TSchema } from 'typebox';

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maxItems?: number;
}

/** Text, with strings that are known to break stores, logs and terminals. */
export const text = (minLength = 0): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ minLength, maxLength: 30, unit: 'binary' }),
    fc.constantFrom(
      ...['\0', 'a\0b', '\uD800', '\uDC00\uD800', '\u2028', '__proto__', 'constructor'],
      ...["'; DROP TABLE items; --", '%s%n', '../../etc/passwd', '$1', '👩‍👩‍👧‍👦', 'ا\u202Eب'],
    ),
  );

/** Any JSON value. */
export const json = fc.jsonValue({ maxDepth: 3 });

/** Values that a schema of this protocol accepts; of ids, often one that exists. */
export function arbitraryOf(schema: TSchema, ids: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  return toArbitrary(schema, ids);
}

function toArbitrary(schema: JsonSchema, ids: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((member) => toArbitrary(member, ids)));
  switch (schema.type) {
    case 'object':
      return schema.properties ? toObject(schema, ids) : toRecord(schema, ids);
    case 'array':
      return fc.array(toArbitrary(schema.items ?? {}, ids), {
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    case 'string':
      return schema.minLength === 1 ? fc.oneof(ids, text(1)) : text();
    case 'integer':
      return fc.oneof(fc.nat(30), fc.integer({ min: schema.minimum ?? -1000 }));
    case 'number':
      return fc.double({ noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return json;
  }
}

function toObject(schema: JsonSchema, ids: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {});
  return fc.record(
    Object.fromEntries(properties.map(([key, value]) => [key, toArbitrary(value, ids)])),
    { requiredKeys: [...(schema.required ?? [])] },
  );
}

function toRecord(schema: JsonSchema, ids: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const [value = {}] = Object.values(schema.patternProperties ?? {});
  return fc.dictionary(text(), toArbitrary(value, ids), { maxKeys: 3 });
}

/** A value with one thing in it replaced, removed or added. */
export const mutated = (value: unknown): fc.Arbitrary<unknown> => {
  if (typeof value !== 'object' || value === null) return json;
  const keys = Object.keys(value);
  if (keys.length === 0) return json;
  return fc
    .tuple(fc.constantFrom(...keys), fc.constantFrom('replace', 'remove', 'add', 'deeper'))
    .chain(([key, how]) => {
      const inner = (value as Record<string, unknown>)[key];
      if (how === 'remove') {
        return fc.constant(
          Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)),
        );
      }
      if (how === 'add') return fc.tuple(text(), json).map(([k, v]) => ({ ...value, [k]: v }));
      return (how === 'deeper' ? mutated(inner) : json).map((changed) => ({
        ...value,
        [key]: changed,
      }));
    });
};
