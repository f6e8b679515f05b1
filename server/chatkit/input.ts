import { isDeepStrictEqual } from 'node:util';
import { notOffered } from './errors.js';
import type {
  InferenceOptions,
  UserContent,
  UserMessageInput,
  UserMessageItem,
} from './protocol/index.js';

type MessageBody = Pick<
  UserMessageItem,
  'content' | 'attachments' | 'quoted_text' | 'inference_options'
>;

function toContent(part: UserMessageInput['content'][number]): UserContent {
  if (part.type === 'input_text') return { type: part.type, text: part.text };
  const { type, id, text, data, group, interactive = false } = part;
  return { type, id, text, data, ...(group != null && { group }), interactive };
}

function toInferenceOptions({
  tool_choice: tool,
  model,
}: UserMessageInput['inference_options']): InferenceOptions {
  return {
    ...(tool != null && { tool_choice: { id: tool.id } }),
    ...(model != null && { model }),
  };
}

/** @throws {RequestError} 400 for a message with attachments: this server offers none */
export function refuseAttachments({ attachments }: UserMessageInput): void {
  if (attachments.length > 0) throw notOffered('Attachments');
}

/** What of an input is kept: the fields that the protocol knows, and none that is null. */
export function toMessageBody(input: UserMessageInput): MessageBody {
  const { quoted_text: quoted } = input;
  return {
    content: input.content.map(toContent),
    attachments: [],
    ...(quoted != null && { quoted_text: quoted }),
    inference_options: toInferenceOptions(input.inference_options),
  };
}

/** Whether a message says just what this input says. */
export function saysTheSame(message: UserMessageItem, body: MessageBody): boolean {
  const { content, attachments, quoted_text: quoted, inference_options: options } = message;
  const said = {
    content,
    attachments,
    ...(quoted && { quoted_text: quoted }),
    inference_options: options,
  };
  return isDeepStrictEqual(said, body);
}
