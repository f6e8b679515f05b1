import { isFunctionMarker } from '../page/frame-params.js';
import type { Chat, SendOptions } from './chat.js';
import {
  toMessageInput,
  type Composer,
  type ComposerValue,
  type MessageParams,
} from './composer.js';
import type { History } from './history.js';
import type { FrameOptions } from './option-checks.js';
import type { PageLink } from './transports.js';
import type { Action } from './wire.js';

/** The page's side of the bridge, as the chat uses it. */
export interface PageHooks {
  /** Sends one of ChatKit's events. */
  emit(name: string, detail?: unknown): void;
  /** The page's `onClientTool`. */
  callTool(call: { name: string; params: Record<string, unknown> }): Promise<unknown>;
}

/** Reports an error to the page as `chatkit.error`. */
export function reportError(page: PageHooks, error: unknown): void {
  const message = error instanceof Error ? error.message : 'Something went wrong.';
  page.emit('chatkit.error', { message });
}

/** Calls functions of the page's options over the bridge, by their path. */
export class PageFunctions {
  readonly #page: PageLink;
  readonly #options: () => FrameOptions;

  constructor(page: PageLink, options: () => FrameOptions) {
    this.#page = page;
    this.#options = options;
  }

  getClientSecret(current: string | null): Promise<unknown> {
    return this.#call('api.getClientSecret', current);
  }

  get hasClientTools(): boolean {
    return isFunctionMarker(this.#options().onClientTool);
  }

  onClientTool(call: { name: string; params: Record<string, unknown> }): Promise<unknown> {
    if (!this.hasClientTools) {
      throw new Error(`The page has no onClientTool for “${call.name}”.`);
    }
    return this.#call('onClientTool', call);
  }

  /** A no-op without `widgets.onAction`. */
  async onWidgetAction(action: unknown, item: unknown): Promise<void> {
    if (isFunctionMarker(this.#options().widgets?.onAction)) {
      await this.#call('widgets.onAction', action, item);
    }
  }

  onHeaderAction(side: 'leftAction' | 'rightAction'): Promise<unknown> {
    return this.#call(`header.${side}.onClick`);
  }

  #call(path: string, ...args: unknown[]): Promise<unknown> {
    return this.#page.call('function', path, args);
  }
}

export interface PageMethodTargets {
  readonly chat: Chat;
  readonly composer: Composer;
  readonly history: History;
  focusComposer(): void;
}

type Method = (...args: readonly unknown[]) => unknown;

/** The methods of `<openai-chatkit>`, as the page may call them by name. */
export function pageMethods(to: PageMethodTargets): ReadonlyMap<string, Method> {
  const { chat, composer, history } = to;
  const methods: Record<string, Method> = {
    focusComposer: () => to.focusComposer(),
    setThreadId: (threadId) => {
      if (threadId !== null && typeof threadId !== 'string') {
        throw new TypeError('setThreadId takes a thread id or null.');
      }
      return chat.open(threadId);
    },
    sendUserMessage: (params) => {
      const { newThread, ...message } = params as MessageParams & SendOptions;
      return chat.send(toMessageInput(message), { newThread, attachments: message.attachments });
    },
    setComposerValue: (value) => composer.setValue(value as ComposerValue),
    sendCustomAction: (action, itemId) => chat.act(action as Action, itemId as string | undefined),
    showHistory: () => history.open(),
    hideHistory: () => history.close(),
    fetchUpdates: async () => {
      await chat.refresh();
      if (history.state.kind === 'open') await history.reload();
    },
  };
  return new Map(Object.entries(methods));
}
