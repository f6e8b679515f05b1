/** The ChatKit protocol's vocabulary, as far as this server speaks it. */
export interface UserText {
  type: 'input_text';
  text: string;
}

export interface UserTag {
  type: 'input_tag';
  id: string;
  text: string;
  data: Record<string, unknown>;
  group?: string;
  interactive: boolean;
}

export interface UserMessageInput {
  content: (UserText | UserTag)[];
  attachments: string[];
  quoted_text?: string;
  inference_options: { tool_choice?: { id: string }; model?: string };
}

interface ItemBase {
  id: string;
  thread_id: string;
  /** ISO 8601. */
  created_at: string;
}

export interface UserMessageItem extends ItemBase {
  type: 'user_message';
  content: UserMessageInput['content'];
  attachments: unknown[];
  quoted_text?: string;
  inference_options: UserMessageInput['inference_options'];
}

export interface AssistantContent {
  type: 'output_text';
  text: string;
  annotations: unknown[];
}

export interface AssistantMessageItem extends ItemBase {
  type: 'assistant_message';
  content: AssistantContent[];
}

/** For the model only: never sent to a client. */
export interface HiddenContextItem extends ItemBase {
  type: 'hidden_context_item' | 'sdk_hidden_context';
  content: string;
}

export type ThreadItem = UserMessageItem | AssistantMessageItem | HiddenContextItem;

export interface ThreadMetadata {
  id: string;
  title?: string;
  created_at: string;
  status: { type: 'active' } | { type: 'locked' | 'closed'; reason?: string };
  metadata: Record<string, unknown>;
}

export interface Page<T> {
  data: T[];
  has_more: boolean;
  after?: string;
}

export interface Thread extends ThreadMetadata {
  items: Page<ThreadItem>;
}

export type ThreadItemUpdate =
  | {
      type: 'assistant_message.content_part.added';
      content_index: number;
      content: AssistantContent;
    }
  | { type: 'assistant_message.content_part.text_delta'; content_index: number; delta: string }
  | {
      type: 'assistant_message.content_part.done';
      content_index: number;
      content: AssistantContent;
    };

export type ThreadStreamEvent =
  | { type: 'thread.created' | 'thread.updated'; thread: Thread }
  | { type: 'thread.item.added' | 'thread.item.done' | 'thread.item.replaced'; item: ThreadItem }
  | { type: 'thread.item.updated'; item_id: string; update: ThreadItemUpdate }
  | { type: 'thread.item.removed'; item_id: string }
  | { type: 'stream_options'; stream_options: { allow_cancel: boolean } }
  | { type: 'progress_update'; icon?: string; text: string }
  | { type: 'client_effect'; name: string; data: Record<string, unknown> }
  | { type: 'error'; code: string; message?: string; allow_retry: boolean }
  | { type: 'notice'; level: 'info' | 'warning' | 'danger'; message: string; title?: string };
