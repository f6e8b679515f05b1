import { isFunctionMarker } from '../page/frame-params.js';
import type { FrameOptions } from './option-checks.js';
import type { PageLink } from './page-transport.js';

/** The functions that the page has put into its options. They stay there, and are called by their path. */
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

  onClientTool(call: { name: string; params: Record<string, unknown> }): Promise<unknown> {
    if (!isFunctionMarker(this.#options().onClientTool)) {
      throw new Error(`The page has no onClientTool for “${call.name}”.`);
    }
    return this.#call('onClientTool', call);
  }

  /** Does nothing when the page wants to hear of no actions. */
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
