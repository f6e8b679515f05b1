import type { ResponderContext, ThreadMetadata, ThreadStreamEvent } from '../chatkit/index.js';

/** What an agent's tools and instructions get as `runContext.context`. */
export interface AgentContext extends ResponderContext {
  /** Changes made to it (title, status, metadata) are stored. */
  readonly thread: ThreadMetadata;
  /** Shows something at once: progress, a widget, an effect in the page. */
  readonly emit: (event: ThreadStreamEvent) => void;
}
