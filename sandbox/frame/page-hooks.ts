/** What the page hears, and does for the frame. */
export interface PageHooks {
  /** Sends one of ChatKit's events. */
  emit(name: string, detail?: unknown): void;
  /** The page's `onClientTool`. */
  callTool(call: { name: string; params: Record<string, unknown> }): Promise<unknown>;
}

/** Tells the page of a failure that the visitor sees. */
export function reportError(page: PageHooks, error: unknown): void {
  const message = error instanceof Error ? error.message : 'Something went wrong.';
  page.emit('chatkit.error', { message });
}
