import type { Appearance } from '../appearance.js';
import type { ChatController } from '../controllers/chat.js';
import type { CountdownController } from '../controllers/countdown.js';
import type { DraftController } from '../controllers/draft.js';
import type { PanelController } from '../controllers/panel.js';
import type { PreloadController } from '../controllers/preload.js';
import type { TeaserController } from '../controllers/teaser.js';
import type { VisitorController } from '../controllers/visitor.js';
import type { TaskPilotChat } from '../taskpilot-chat.js';

/** What the views show, and what their controls call. */
export interface View extends Appearance {
  readonly host: TaskPilotChat;
  readonly chat: ChatController;
  readonly countdown: CountdownController;
  readonly draft: DraftController;
  readonly panel: PanelController;
  readonly preload: PreloadController;
  readonly teaser: TeaserController;
  readonly visitor: VisitorController;
  /** Most panels are never opened: there is nothing in them. */
  readonly isUsed: boolean;
}
