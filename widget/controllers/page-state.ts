import { readStored, writeStored } from '../storage.js';

/** What of the chat outlives a page change; never a secret. */
export interface PageState {
  open?: boolean | undefined;
  thread?: string | null | undefined;
  /** Whether the thread is on the operator's own server; one of the other backend is not known there. */
  selfHosted?: boolean | undefined;
}

/** The storage of that name, or null where the browser forbids it: even asking for it can throw. */
export function pageStorage(kind: string): Storage | null {
  try {
    return kind === 'none' ? null : kind === 'local' ? localStorage : sessionStorage;
  } catch {
    return null;
  }
}

const keyOf = (id: string): string => `taskpilot-chat:page:${id}`;

export function readPageState(kind: string, id: string): PageState {
  const state = readStored(pageStorage(kind), keyOf(id)) as PageState;
  return {
    ...state,
    open: state.open === true,
    thread: typeof state.thread === 'string' ? state.thread : undefined,
  };
}

export const writePageState = (kind: string, id: string, state: PageState): void =>
  writeStored(pageStorage(kind), keyOf(id), state);
