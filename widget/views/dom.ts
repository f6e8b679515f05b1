/** Texts become attributes, booleans attributes without a value, functions handlers such as `onclick`. */
export type Attributes = Readonly<
  Record<string, string | boolean | null | ((event: never) => void)>
>;

/** `null` holds the place of what is not there now, so that its neighbours stay the nodes that they are. */
export type Children = readonly (View | string | null)[];

/** What an element should be. Without `children` its content is somebody else's business. */
export interface View {
  readonly tag: string;
  readonly attributes: Attributes;
  readonly children: Children | undefined;
}

export const h = (tag: string, attributes: Attributes, children?: Children): View => ({
  tag,
  attributes,
  children,
});

/** What each element was made from. */
const views = new WeakMap<Node, View>();

function createElement(tag: string): Element {
  const isSvg = tag === 'svg' || tag === 'path';
  return document.createElementNS(`http://www.w3.org/${isSvg ? '2000/svg' : '1999/xhtml'}`, tag);
}

/** The old element, if it stands for the same thing, or a new one. */
function toElement(view: View, old: ChildNode | undefined): Element {
  const { tag, attributes, children } = view;
  const before = old && views.get(old);
  const isSame = before?.tag === tag && before.attributes['part'] === attributes['part'];
  const element = isSame ? (old as Element) : createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (isSame && before.attributes[name] === value) continue;
    if (typeof value === 'function') Object.assign(element, { [name]: value });
    else if (typeof value === 'string') element.setAttribute(name, value);
    else element.toggleAttribute(name, value === true);
  }
  views.set(element, view);
  if (children) patch(element, children);
  return element;
}

/**
 * Makes the content of `parent` what `children` say, and touches nothing that is so already: that keeps the
 * focus, and ChatKit's element, which does not survive a move. The number of children never changes. No HTML is
 * parsed, so no page has to trust any.
 */
export function patch(parent: ParentNode, children: Children): void {
  children.forEach((child, index) => {
    const old = parent.childNodes[index];
    const next = typeof child === 'object' && child ? toElement(child, old) : (child ?? '');
    if (!old) parent.append(next);
    else if (next !== old && next !== (old as Partial<Text>).data) old.replaceWith(next);
  });
}
