const nameOf = (value: unknown): string =>
  value instanceof Element ? (value.cloneNode(false) as Element).outerHTML : String(value);

/**
 * Nodes are compared here, not by `expect`: whoever reports that two differ looks into everything that hangs on
 * them, the whole page, and that takes minutes.
 */
export function expectSame(
  actual: Node | null | undefined,
  expected: Node | null | undefined,
): void {
  if (actual !== expected) throw new Error(`${nameOf(actual)} instead of ${nameOf(expected)}`);
}

export function expectOther(
  actual: Node | null | undefined,
  unwanted: Node | null | undefined,
): void {
  if (actual === unwanted) throw new Error(`still ${nameOf(actual)}`);
}

export const expectNothing = (actual: Node | null | undefined): void =>
  expectSame(actual ?? null, null);
