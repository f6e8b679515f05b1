import { readStored, writeStored } from './stored.js';

/** What of the chat outlives a page change; never a secret. */
export interface PageState {
  open?: boolean | undefined;
  thread?: string | null | undefined;
}

/** The storage of that name, or null where the browser forbids it: even asking for it can throw. */
export function pageStorage(kind = 'session'): Storage | null {
  try {
    return kind === 'none' ? null : kind === 'local' ? localStorage : sessionStorage;
  } catch {
    return null;
  }
}

const keyOf = (id: string): string => `taskpilot-chat:page:${id}`;

export function readPageState(kind: string | undefined, id: string): PageState {
  const { open, thread } = readStored(pageStorage(kind), keyOf(id)) as PageState;
  return { open: open === true, thread: typeof thread === 'string' ? thread : undefined };
}

export const writePageState = (kind: string | undefined, id: string, state: PageState): void =>
  writeStored(pageStorage(kind), keyOf(id), state);
