/** The ChatKit protocol as a client reads it: what is unknown is left out, not an error. */
export interface ThreadInfo {
  readonly id: string;
  readonly title?: string;
  readonly created_at: string;
  readonly status?: { readonly type: 'active' | 'locked' | 'closed'; readonly reason?: string };
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly after?: string;
}

export interface Thread extends ThreadInfo {
  readonly items: Page<Item>;
}

export type UserContent =
  | { readonly type: 'input_text'; readonly text: string }
  | {
      readonly type: 'input_tag';
      readonly id: string;
      readonly text: string;
      readonly data: Record<string, unknown>;
      readonly group?: string;
      readonly interactive: boolean;
    };

export interface MessageInput {
  readonly content: readonly UserContent[];
  readonly attachments: readonly string[];
  readonly quoted_text?: string;
  readonly inference_options: {
    readonly tool_choice?: { readonly id: string };
    readonly model?: string;
  };
}

export type Source =
  | { readonly type: 'url'; readonly title: string; readonly url: string }
  | { readonly type: 'file' | 'entity'; readonly title: string };

export interface AssistantContent {
  readonly text: string;
  readonly annotations: readonly { readonly source: Source }[];
}

export interface Task {
  readonly type: 'custom' | 'web_search' | 'thought' | 'file' | 'image';
  readonly title?: string;
  readonly content?: string;
  readonly queries?: readonly string[];
  readonly sources?: readonly Source[];
  readonly status_indicator?: 'none' | 'loading' | 'complete';
}

export interface Workflow {
  readonly type: 'custom' | 'reasoning';
  readonly tasks: readonly Task[];
  readonly summary?: { readonly title: string } | { readonly duration: number };
  readonly expanded?: boolean;
}

/** A component of a widget; which of the fields there are depends on the type. */
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

/** Most components have a list of children, some have a single one. */
export const childrenOf = ({ children = [] }: WidgetNode): readonly WidgetNode[] =>
  [children].flat();

export interface WidgetAction {
  readonly type: string;
  readonly payload?: Record<string, unknown>;
  readonly handler?: 'client' | 'server';
  readonly streaming?: boolean;
}

export interface StructuredQuestion {
  readonly type: 'multiple_choice' | 'freeform';
  readonly id: string;
  readonly question: string;
  readonly description?: string;
  readonly options?: readonly { readonly value: string }[];
  readonly multiple?: boolean;
  readonly answer?: StructuredAnswer;
}

export interface StructuredAnswer {
  readonly values: readonly string[];
  readonly skipped: boolean;
}

export interface StructuredSubmission {
  readonly status: 'answered' | 'skipped';
  readonly answers: Readonly<Record<string, StructuredAnswer>>;
}

interface ItemBase<Type extends string> {
  readonly type: Type;
  readonly id: string;
  readonly created_at: string;
}

export interface UserMessage extends ItemBase<'user_message'> {
  readonly content: readonly UserContent[];
  readonly quoted_text?: string;
}

export interface AssistantMessage extends ItemBase<'assistant_message'> {
  readonly content: readonly AssistantContent[];
}

export interface ClientToolCall extends ItemBase<'client_tool_call'> {
  readonly status: 'pending' | 'completed';
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

export interface WidgetItem extends ItemBase<'widget'> {
  readonly widget: WidgetNode;
}

export interface GeneratedImage extends ItemBase<'generated_image'> {
  readonly image?: { readonly url: string };
}

export interface StructuredInput extends ItemBase<'structured_input'> {
  readonly status: 'pending' | 'answered' | 'skipped';
  readonly inputs: readonly StructuredQuestion[];
}

export interface TaskItem extends ItemBase<'task'> {
  readonly task: Task;
}

export interface WorkflowItem extends ItemBase<'workflow'> {
  readonly workflow: Workflow;
}

export type Item =
  | UserMessage
  | AssistantMessage
  | ClientToolCall
  | WidgetItem
  | GeneratedImage
  | StructuredInput
  | TaskItem
  | WorkflowItem;

export type ItemUpdate =
  | {
      readonly type: 'assistant_message.content_part.added' | 'assistant_message.content_part.done';
      readonly content_index: number;
      readonly content: AssistantContent;
    }
  | {
      readonly type: 'assistant_message.content_part.text_delta';
      readonly content_index: number;
      readonly delta: string;
    }
  | {
      readonly type: 'assistant_message.content_part.annotation_added';
      readonly content_index: number;
      readonly annotation_index: number;
      readonly annotation: { readonly source: Source };
    }
  | {
      readonly type: 'workflow.task.added' | 'workflow.task.updated';
      readonly task_index: number;
      readonly task: Task;
    }
  | { readonly type: 'widget.root.updated'; readonly widget: WidgetNode }
  | {
      readonly type: 'widget.component.updated';
      readonly component_id: string;
      readonly component: WidgetNode;
    }
  | {
      readonly type: 'widget.streaming_text.value_delta';
      readonly component_id: string;
      readonly delta: string;
    }
  | { readonly type: 'generated_image.updated'; readonly image: { readonly url: string } };

export type StreamEvent =
  | { readonly type: 'thread.created' | 'thread.updated'; readonly thread: ThreadInfo }
  | {
      readonly type: 'thread.item.added' | 'thread.item.done' | 'thread.item.replaced';
      readonly item: Item;
    }
  | { readonly type: 'thread.item.updated'; readonly item_id: string; readonly update: ItemUpdate }
  | { readonly type: 'thread.item.removed'; readonly item_id: string }
  | { readonly type: 'stream_options'; readonly stream_options: { readonly allow_cancel: boolean } }
  | { readonly type: 'progress_update'; readonly text: string }
  | {
      readonly type: 'client_effect';
      readonly name: string;
      readonly data?: Record<string, unknown>;
    }
  | { readonly type: 'error'; readonly message?: string; readonly allow_retry: boolean }
  | {
      readonly type: 'notice';
      readonly level: 'info' | 'warning' | 'danger';
      readonly message: string;
      readonly title?: string;
    };

/** Requests that are answered with a stream of events. */
export type StreamRequest =
  | { readonly type: 'threads.create'; readonly params: { readonly input: MessageInput } }
  | {
      readonly type: 'threads.add_user_message';
      readonly params: { readonly thread_id: string; readonly input: MessageInput };
    }
  | {
      readonly type: 'threads.add_client_tool_output';
      readonly params: { readonly thread_id: string; readonly result: unknown };
    }
  | {
      readonly type: 'threads.add_structured_input';
      readonly params: {
        readonly thread_id: string;
        readonly item_id: string;
        readonly input: StructuredSubmission;
      };
    }
  | {
      readonly type: 'threads.retry_after_item';
      readonly params: { readonly thread_id: string; readonly item_id: string };
    }
  | {
      readonly type: 'threads.custom_action';
      readonly params: {
        readonly thread_id: string;
        readonly item_id?: string;
        readonly action: unknown;
      };
    };

/** Items of these types are shown; `end_of_turn` and whatever comes later is not. */
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
