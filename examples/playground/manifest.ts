/** The fields of a custom elements manifest that the playground reads. */
interface Manifest {
  readonly modules: readonly { readonly declarations?: readonly Declaration[] }[];
}

interface Described {
  readonly name?: string;
  readonly description?: string;
}

interface Declaration {
  readonly tagName?: string;
  readonly attributes?: readonly (Described & {
    readonly type?: { readonly text: string };
    readonly default?: string;
  })[];
  readonly events?: readonly Described[];
  readonly cssParts?: readonly Described[];
  readonly cssProperties?: readonly (Described & { readonly default?: string })[];
}

export interface Entry {
  readonly name: string;
  readonly description: string;
}

/** An attribute, and how it is set: by a tick, by a choice of values, or by writing. */
export interface Attribute extends Entry {
  readonly kind: 'boolean' | 'choice' | 'number' | 'text';
  /** Of a choice. */
  readonly values: readonly string[];
  /** As the manifest has it; empty without one. */
  readonly default: string;
}

export interface ElementDescription {
  readonly attributes: readonly Attribute[];
  readonly properties: readonly (Entry & { readonly default: string })[];
  readonly parts: readonly Entry[];
  readonly events: readonly Entry[];
}

const described = ({ name = '', description = '' }: Described): Entry => ({ name, description });

/** `'a' | 'b' | undefined` → a, b; null when the type admits anything else. */
function literals(type: string): string[] | null {
  const members = type
    .split('|')
    .map((member) => member.trim())
    .filter((member) => member !== '' && member !== 'undefined' && member !== 'null');
  const values = members.map((member) => /^(['"])([^'"]*)\1$/.exec(member)?.[2]);
  return values.length > 0 && values.every((value) => value !== undefined) ? values : null;
}

const unquoted = (value: string): string => value.replace(/^(['"])(.*)\1$/, '$2');

function kindOf(type: string): Pick<Attribute, 'kind' | 'values'> {
  if (/^boolean\b/.test(type)) return { kind: 'boolean', values: [] };
  if (/^number\b/.test(type)) return { kind: 'number', values: [] };
  const values = literals(type);
  return values ? { kind: 'choice', values } : { kind: 'text', values: [] };
}

/**
 * What the manifest says of an element.
 *
 * @throws {Error} when it does not describe the element
 */
export function describeElement(manifest: unknown, tagName: string): ElementDescription {
  const { modules } = manifest as Manifest;
  const found = modules
    .flatMap(({ declarations = [] }) => declarations)
    .find((declaration) => declaration.tagName === tagName);
  if (!found) throw new Error(`The manifest does not describe <${tagName}>.`);
  const { attributes = [], cssProperties = [], cssParts = [], events = [] } = found;
  return {
    attributes: attributes.map((attribute) => ({
      ...described(attribute),
      ...kindOf(attribute.type?.text ?? 'string'),
      default: unquoted(attribute.default ?? ''),
    })),
    properties: cssProperties.map((property) => ({
      ...described(property),
      default: property.default ?? '',
    })),
    parts: cssParts.map(described),
    events: events.map(described).filter(({ name }) => name.includes('-')),
  };
}
