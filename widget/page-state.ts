/** What of the chat outlives a page change; never a secret. */
export interface PageState {
  open?: boolean;
  thread?: string | null;
}

export type Persistence = 'session' | 'local' | 'none';

/** The storage of that name, or null where the browser forbids it: even asking for it can throw. */
export function pageStorage(kind: Persistence): Storage | null {
  try {
    return kind === 'none' ? null : kind === 'local' ? localStorage : sessionStorage;
  } catch {
    return null;
  }
}

const keyOf = (id: string): string => `taskpilot-chat:page:${id}`;

export function readPageState(kind: Persistence, id: string): PageState {
  try {
    const stored: unknown = JSON.parse(pageStorage(kind)?.getItem(keyOf(id)) ?? '{}');
    const { open, thread } = (stored ?? {}) as Record<string, unknown>;
    return {
      open: open === true,
      ...(typeof thread === 'string' && { thread }),
    };
  } catch {
    return {};
  }
}

export function writePageState(kind: Persistence, id: string, state: PageState): void {
  try {
    pageStorage(kind)?.setItem(keyOf(id), JSON.stringify(state));
  } catch {
    // Full or forbidden: the next page starts afresh.
  }
}
