import '../register.js';
import type { TaskPilotChat } from '../taskpilot-chat.js';
import { chatKit, chatKitSrc, type FakeChatKit } from './chatkit.js';
import { stubFetch, type FetchStub } from './fetch.js';
import { shortenTimers, until } from './until.js';

/** A page with the widget on it, which a session endpoint and a ChatKit of the test's own answer. */
export interface TestPage {
  readonly endpoint: FetchStub;
  /** Lines that the widget has written to the console. */
  readonly lines: string[];
  /** Until the end of the test, time-outs from so many to so many milliseconds end at once. */
  shortenTimers(fromMs: number, toMs?: number): void;
  /** Puts an element of the page's own into it, written as HTML. */
  add(markup: string): HTMLElement;
  /** Puts a widget into the page. */
  place(attributes?: Record<string, string>, parent?: Element): Promise<TaskPilotChat>;
}

export function usePage(): TestPage {
  let added: Element[] = [];
  let restoreTimers = (): void => undefined;
  const page: { -readonly [Key in keyof TestPage]: TestPage[Key] } = {
    endpoint: stubFetch(),
    lines: [],
    shortenTimers(fromMs, toMs = Infinity) {
      restoreTimers = shortenTimers(fromMs, toMs);
    },
    add(markup: string) {
      const range = document.createRange();
      const { firstElementChild } = range.createContextualFragment(markup);
      if (!firstElementChild) throw new Error(`no element: ${markup}`);
      document.body.append(firstElementChild);
      added.push(firstElementChild);
      return firstElementChild as HTMLElement;
    },
    async place(attributes = {}, parent = document.body) {
      const element = document.createElement('taskpilot-chat');
      const all = { 'chatkit-src': chatKitSrc, 'session-endpoint': '/sessions', ...attributes };
      for (const [name, value] of Object.entries(all)) element.setAttribute(name, value);
      parent.append(element);
      await element.updateComplete;
      return element;
    },
  };
  const { error } = console;
  const { fetch } = globalThis;

  beforeEach(() => {
    sessionStorage.clear();
    Object.assign(chatKit, { elements: [], frame: 'works', failing: null });
    page.endpoint = stubFetch();
    page.lines = [];
    globalThis.fetch = page.endpoint.fetch;
    console.error = (...args) => page.lines.push(args.join(' '));
  });

  afterEach(() => {
    for (const element of document.querySelectorAll('taskpilot-chat')) element.remove();
    for (const element of added) element.remove();
    added = [];
    restoreTimers();
    globalThis.fetch = fetch;
    console.error = error;
  });

  return page;
}

/** Waits until the widget is in a state, and shows it. */
export async function inState(chat: TaskPilotChat, state: TaskPilotChat['state']): Promise<void> {
  await until(
    () => chat.state === state,
    () => `${chat.state} instead of ${state}: ${chat.error?.message ?? ''}`,
  );
  await chat.updateComplete;
}

/** The ChatKit element of a widget. */
export function chatKitOf(chat: TaskPilotChat): FakeChatKit {
  if (!chat.chatkit) throw new Error('ChatKit is not there');
  return chat.chatkit as FakeChatKit;
}
