/** The vocabulary of a protocol: the places that its JSON schemas know, each as a line. */

/** Not walked into: what is open on both sides, and what has a schema of its own. */
const leaves = ['widget', 'component', 'icon', 'thread', 'items', 'item', 'update'];

/** What a member of a union is known by. */
const typeOf = ({ properties = {} }) => properties.type?.const;

function* walk(schema, definitions, place) {
  if (schema.$ref) {
    yield* walk(definitions[schema.$ref.split('/').at(-1)], definitions, place);
    return;
  }
  for (const member of schema.anyOf ?? schema.oneOf ?? []) {
    yield* walk(member, definitions, place);
  }
  for (const value of schema.enum ?? (schema.const === undefined ? [] : [schema.const])) {
    yield `${place} = ${value}`;
  }
  if (schema.items) yield* walk(schema.items, definitions, `${place}[]`);
  const type = typeOf(schema);
  const here = type === undefined ? place : `${place} (${type})`;
  if (type !== undefined) yield here;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (name === 'type' && type !== undefined) continue;
    yield `${here}.${name}`;
    if (!leaves.includes(name)) yield* walk(property, definitions, `${here}.${name}`);
  }
}

/** @param schemas JSON schemas by their names */
export const vocabularyOf = (schemas) =>
  [
    ...new Set(
      Object.entries(schemas).flatMap(([name, schema]) => [
        ...walk(schema, schema.$defs ?? {}, name),
      ]),
    ),
  ].sort();
