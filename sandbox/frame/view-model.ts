import type { Chat } from './chat.js';
import type { Composer } from './composer.js';
import type { History } from './history.js';
import type { FrameOptions } from './option-checks.js';
import type { WidgetAction, WidgetItem } from './wire.js';

/** What the views show, and what they call. */
export interface ViewModel {
  readonly options: FrameOptions;
  readonly chat: Chat;
  readonly composer: Composer;
  readonly history: History;
  /** Whether the visitor has scrolled up from the latest message. */
  readonly isScrolledAway: boolean;
  toLatest(): void;
  /** Sends what is in the composer. */
  submit(): void;
  copy(button: HTMLElement, text: string): void;
  /** Calls what the page has put behind one of its own buttons. */
  headerAction(side: 'leftAction' | 'rightAction'): void;
  widgetAction(item: WidgetItem, action: WidgetAction): void;
}
