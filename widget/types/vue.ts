/**
 * `<taskpilot-chat>` in Vue templates: `import type {} from 'taskpilot-chat/vue'` once in a project.
 *
 * @example <taskpilot-chat layout="inline" session-endpoint="/api/chatkit/sessions" @taskpilot-ready="focus" />
 */
import type { EmitFn, HTMLAttributes, PublicProps } from 'vue';
import type { TaskPilotChatEventMap } from '../events.js';
import type { Properties } from '../properties.js';
import type { TaskPilotChat } from '../taskpilot-chat.js';

/** Vue's type checker knows `session-endpoint` by the name `sessionEndpoint`. */
type OwnProps = {
  [Name in Exclude<keyof Properties, 'retryButton'>]?:
    Properties[Name] | (Properties[Name] extends number ? `${number}` : never);
} & {
  open?: boolean;
  retry?: boolean;
};

type Props = Omit<HTMLAttributes, keyof OwnProps> & OwnProps;

type Events = {
  [Name in keyof TaskPilotChatEventMap]: (event: TaskPilotChatEventMap[Name]) => void;
};

export type TaskPilotChatVue = new () => TaskPilotChat & {
  /** @deprecated For the type checker of templates only. */
  $props: Props & PublicProps;
  /** @deprecated For the type checker of templates only. */
  $emit: EmitFn<Events>;
};

declare module 'vue' {
  interface GlobalComponents {
    'taskpilot-chat': TaskPilotChatVue;
  }
}
