import type * as protocol from '@taskpilot-chat/server/chatkit';

/**
 * The ChatKit protocol as the frame reads it. The types follow from the server's schemas, without the fields
 * that the frame does not read and that another server, or a message not yet confirmed, may not have.
 */
type Without<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;

export type {
  Action,
  Page,
  Source,
  Task,
  UserContent,
  Workflow,
} from '@taskpilot-chat/server/chatkit';
export type { StructuredInput as StructuredQuestion } from '@taskpilot-chat/server/chatkit';
export type { StructuredInputAnswer as StructuredAnswer } from '@taskpilot-chat/server/chatkit';
export type { StructuredInputSubmission as StructuredSubmission } from '@taskpilot-chat/server/chatkit';

export type ThreadInfo = Pick<protocol.ThreadMetadata, 'id' | 'title' | 'created_at'> &
  Partial<Pick<protocol.ThreadMetadata, 'status'>>;

export type Thread = ThreadInfo & { readonly items: protocol.Page<Item> };

/** A message as the composer makes it: what may be null or missing in a request is either there or left out. */
export type MessageInput = Pick<
  protocol.UserMessageItem,
  'content' | 'quoted_text' | 'inference_options'
> &
  Pick<protocol.UserMessageInput, 'attachments'>;

export type AssistantContent = Omit<protocol.AssistantContent, 'type'>;

/** A component of a widget. Which of these fields it has depends on its type; the protocol leaves them open. */
export interface WidgetNode {
  readonly type: string;
  readonly id?: string;
  readonly children?: readonly WidgetNode[] | WidgetNode;
  readonly value?: unknown;
  readonly label?: string;
  readonly src?: string;
  readonly alt?: string;
  readonly onClickAction?: WidgetAction;
}

export interface WidgetAction extends Partial<Omit<protocol.Action, 'type'>> {
  readonly type: string;
  readonly handler?: 'client' | 'server';
  readonly streaming?: boolean;
}

/** Most components have a list of children, some have a single one. */
export const childrenOf = ({ children = [] }: WidgetNode): readonly WidgetNode[] =>
  [children].flat();

/** A file of a message, without what only its upload needs. */
export type Attachment = Without<
  protocol.Attachment,
  'upload_descriptor' | 'thread_id' | 'metadata'
>;

export type UserMessage = Omit<
  protocol.UserMessageItem,
  'thread_id' | 'attachments' | 'inference_options'
> & { readonly attachments?: readonly Attachment[] };
export type AssistantMessage = Omit<protocol.AssistantMessageItem, 'thread_id' | 'content'> & {
  readonly content: readonly AssistantContent[];
};
export type ClientToolCall = Omit<protocol.ClientToolCallItem, 'thread_id' | 'call_id' | 'output'>;
export type WidgetItem = Omit<protocol.WidgetItem, 'thread_id' | 'widget'> & {
  readonly widget: WidgetNode;
};
export type GeneratedImage = Omit<protocol.GeneratedImageItem, 'thread_id'>;
export type StructuredInput = Omit<protocol.StructuredInputItem, 'thread_id'>;
export type TaskItem = Omit<protocol.TaskItem, 'thread_id'>;
export type WorkflowItem = Omit<protocol.WorkflowItem, 'thread_id'>;

/** What the frame shows: not the items for the model only, nor the end of a turn. */
export type Item =
  | UserMessage
  | AssistantMessage
  | ClientToolCall
  | WidgetItem
  | GeneratedImage
  | StructuredInput
  | TaskItem
  | WorkflowItem;

/** The protocol's updates and events, with the items, threads and components of this file in them. */
type AsRead<T> = T extends { content: protocol.AssistantContent }
  ? Omit<T, 'content'> & { readonly content: AssistantContent }
  : T extends { component: unknown }
    ? Omit<T, 'component'> & { readonly component: WidgetNode }
    : T extends { widget: unknown }
      ? Omit<T, 'widget'> & { readonly widget: WidgetNode }
      : T extends { update: unknown }
        ? Omit<T, 'update'> & { readonly update: ItemUpdate }
        : T extends { item: unknown }
          ? Omit<T, 'item'> & { readonly item: Item }
          : T extends { thread: unknown }
            ? Omit<T, 'thread'> & { readonly thread: ThreadInfo }
            : T;

export type ItemUpdate = AsRead<protocol.ThreadItemUpdate>;
export type StreamEvent = AsRead<protocol.ThreadStreamEvent>;

/** Requests that are answered with a stream of events. */
export type StreamRequest = Without<protocol.StreamingRequest, 'metadata'>;

/** Items of these types are shown; `end_of_turn` and types of a later protocol are not. */
const shownTypes: Record<Item['type'], true> = {
  user_message: true,
  assistant_message: true,
  client_tool_call: true,
  widget: true,
  generated_image: true,
  structured_input: true,
  task: true,
  workflow: true,
};

export const isShown = ({ type }: { readonly type: string }): boolean =>
  Object.hasOwn(shownTypes, type);
