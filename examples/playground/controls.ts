import type { Attribute, Entry } from './manifest.js';
import type { SetAttribute } from './snippets.js';

type Child = Node | string;

/** An element with properties and children. */
export function create<Tag extends keyof HTMLElementTagNameMap>(
  tagName: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tagName);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** A field with its label, and what the manifest says of it below. */
function row({ name, description }: Entry, field: Field): HTMLElement {
  const isTick = field instanceof HTMLInputElement && field.type === 'checkbox';
  const label = create('label', { htmlFor: field.id }, create('code', {}, name));
  const text = create('p', { id: `${field.id}-text`, className: 'muted' }, description);
  if (description !== '') field.setAttribute('aria-describedby', text.id);
  const parts = isTick ? [field, label, text] : [label, field, text];
  return create('div', { className: isTick ? 'row tick' : 'row' }, ...parts);
}

/** A control, and the value that it has now; null when it is left at the default. */
export interface Control<Value> {
  readonly name: string;
  readonly row: HTMLElement;
  readonly value: () => Value | null;
}

export function attributeControl(
  attribute: Attribute,
  initial: string | null,
): Control<SetAttribute['value']> {
  const { name, kind, values, default: usual } = attribute;
  const id = `attribute-${name}`;
  if (kind === 'boolean') {
    const box = create('input', { id, type: 'checkbox', checked: initial !== null });
    return { name, row: row(attribute, box), value: () => (box.checked ? true : null) };
  }
  if (kind === 'choice') {
    const options = values.map((value) => create('option', { value }, value));
    const none = create('option', { value: '' }, usual === '' ? 'not set' : `${usual} (default)`);
    const others = options.filter(({ value }) => value !== usual);
    const select = create('select', { id }, none, ...others);
    select.value = initial ?? '';
    return { name, row: row(attribute, select), value: () => select.value || null };
  }
  const field = create('input', {
    id,
    type: kind === 'number' ? 'number' : 'text',
    value: initial ?? '',
    placeholder: usual,
    autocomplete: 'off',
    spellcheck: false,
  });
  return {
    name,
    row: row(attribute, field),
    value: () => {
      if (field.value === '') return null;
      return kind === 'number' ? Number(field.value) : field.value;
    },
  };
}

export function propertyControl(property: Entry & { readonly default: string }): Control<string> {
  const field = create('input', {
    id: `property-${property.name}`,
    placeholder: property.default,
    autocomplete: 'off',
    spellcheck: false,
  });
  return {
    name: property.name,
    row: row(property, field),
    value: () => field.value.trim() || null,
  };
}

export function partControl(part: Entry): Control<string> {
  const field = create('textarea', {
    id: `part-${part.name}`,
    rows: 2,
    placeholder: 'border-radius: 8px;',
    spellcheck: false,
  });
  return { name: part.name, row: row(part, field), value: () => field.value.trim() || null };
}
