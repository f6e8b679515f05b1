import type { DraftFiles } from './draft-files.js';
import type { Attachment, MessageInput, UserContent } from './wire.js';

/** The draft of a message, with the chosen tool and model. */
export interface Draft {
  readonly text: string;
  /** Structured content set by the page; null once the visitor edits the text. */
  readonly content: readonly LooseContent[] | null;
  readonly reply: string | null;
  readonly toolId: string | null;
  readonly modelId: string | null;
}

export interface ComposerValue extends Omit<MessageParams, 'toolChoice' | 'model' | 'attachments'> {
  readonly attachments?: readonly Attachment[];
  readonly files?: readonly File[];
  readonly selectedToolId?: string | null;
  readonly selectedModelId?: string;
}

/** A message with what is shown of its files until the server has confirmed it. */
export interface OutgoingMessage {
  readonly input: MessageInput;
  readonly attachments: readonly Attachment[];
}

export interface ComposerOptions {
  readonly files: DraftFiles;
  readonly onChange: () => void;
  readonly onToolChange: (toolId: string | null) => void;
  /** Whether a tool stays selected after a message. */
  readonly isPersistent: (toolId: string) => boolean;
}

/** A key event within this time after `compositionend` belongs to the composition. */
const compositionTailMs = 50;

const empty = { text: '', content: null, reply: null };

/** Holds the draft of the next message. */
export class Composer {
  readonly files: DraftFiles;
  readonly #options: ComposerOptions;
  #composedAt = -Infinity;
  #draft: Draft = { ...empty, toolId: null, modelId: null };

  constructor(options: ComposerOptions) {
    this.#options = options;
    this.files = options.files;
  }

  get draft(): Draft {
    return this.#draft;
  }

  /** Whether there is a message that is not waiting for an upload. */
  get canSend(): boolean {
    const { isUploading, ready } = this.files;
    return !isUploading && (this.#draft.text.trim() !== '' || ready.length > 0);
  }

  type(text: string): void {
    if (text !== this.#draft.text) this.#set({ text, content: null });
  }

  /** @param at the event's time stamp, as in `isComposing` */
  endComposition(at: number): void {
    this.#composedAt = at;
  }

  /** Safari fires `compositionend` before the `keydown` of the Enter that caused it. */
  isComposing(at: number): boolean {
    return at - this.#composedAt < compositionTailMs;
  }

  dropReply(): void {
    this.#set({ reply: null });
  }

  chooseTool(toolId: string | null): void {
    if (toolId === this.#draft.toolId) return;
    this.#set({ toolId });
    this.#options.onToolChange(toolId);
  }

  chooseModel(modelId: string | null): void {
    this.#set({ modelId });
  }

  /** The page's `setComposerValue`. */
  setValue(value: ComposerValue): void {
    const { text, content, reply, attachments, files, selectedToolId, selectedModelId } = value;
    if (content) this.#set({ text: textOf(content), content });
    else if (text !== undefined) this.#set({ text, content: null });
    if (reply !== undefined) this.#set({ reply: reply === '' ? null : reply });
    if (attachments) this.files.set(attachments);
    if (files) this.files.add(files);
    if (selectedToolId !== undefined) this.chooseTool(selectedToolId);
    if (selectedModelId !== undefined) this.chooseModel(selectedModelId);
  }

  /** Returns the message and clears the draft; null when it cannot be sent. */
  take(): OutgoingMessage | null {
    if (!this.canSend) return null;
    const { text, content, reply, toolId, modelId } = this.#draft;
    const attachments = this.files.take();
    const input = toMessageInput({
      ...(content ? { content } : { text: text.trim() }),
      reply: reply ?? undefined,
      attachments,
      toolChoice: toolId === null ? undefined : { id: toolId },
      model: modelId ?? undefined,
    });
    this.#set(empty);
    if (toolId !== null && !this.#options.isPersistent(toolId)) this.chooseTool(null);
    return { input, attachments };
  }

  #set(change: Partial<Draft>): void {
    this.#draft = { ...this.#draft, ...change };
    this.#options.onChange();
  }
}

/** The parameters of `sendUserMessage`. */
export interface MessageParams {
  readonly text?: string | undefined;
  readonly content?: readonly LooseContent[] | undefined;
  readonly reply?: string | undefined;
  readonly attachments?: readonly { readonly id: string }[] | undefined;
  readonly toolChoice?: { readonly id: string } | undefined;
  readonly model?: string | undefined;
}

/** Message content in which defaults may be missing. */
export type LooseContent =
  | { readonly type: 'input_text'; readonly text: string }
  | {
      readonly type: 'input_tag';
      readonly text: string;
      readonly id: string;
      readonly group?: string;
      readonly data?: Record<string, unknown>;
      readonly interactive?: boolean;
    };

function complete(part: LooseContent): UserContent {
  if (part.type === 'input_text') return { type: 'input_text', text: part.text };
  const { data = {}, interactive = false, ...rest } = part;
  return { ...rest, data, interactive };
}

/**
 * Converts a message to the protocol's form.
 *
 * @throws {TypeError} for an empty message
 */
export function toMessageInput(params: MessageParams): MessageInput {
  const { text = '', content, reply, attachments = [], toolChoice, model } = params;
  const parts: readonly LooseContent[] = content ?? [{ type: 'input_text', text }];
  if (attachments.length === 0 && parts.every((part) => part.text.trim() === '')) {
    throw new TypeError('A message needs text, content or an attachment.');
  }
  return {
    content: parts.map(complete),
    attachments: attachments.map(({ id }) => id),
    ...(reply !== undefined && reply !== '' && { quoted_text: reply }),
    inference_options: {
      ...(toolChoice && { tool_choice: { id: toolChoice.id } }),
      ...(model !== undefined && { model }),
    },
  };
}

/** The content as plain text. */
export const textOf = (content: readonly { readonly text: string }[]): string =>
  content.map(({ text }) => text).join('');
