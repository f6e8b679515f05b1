import type { MessageInput, UserContent } from './wire.js';

/** What a page or a visitor may say of a message, as `sendUserMessage` takes it. */
export interface MessageParams {
  readonly text?: string | undefined;
  readonly content?: readonly LooseContent[] | undefined;
  readonly reply?: string | undefined;
  readonly attachments?: readonly { readonly id: string }[] | undefined;
  readonly toolChoice?: { readonly id: string } | undefined;
  readonly model?: string | undefined;
}

/** Content with the fields that the page may leave out. */
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
 * The message as the protocol wants it.
 *
 * @throws {TypeError} when there is nothing to send
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
