import { ChatKitProblem } from './errors.js';
import type { ChatKitRequest, UserMessageInput } from './protocol/index.js';
import type { Store, StoreContext } from './store.js';

/** How much a request may bring, and a user may have stored. */
export interface ChatKitLimits {
  /**
   * Characters (UTF-16 code units) of a message with its quote and its mentions, of the output of a tool in the page,
   * of the answers to a structured input, of an action, or of a request's metadata.
   *
   * @default 32000
   */
  readonly messageMaxChars: number;
  /**
   * Bytes of a user's threads and items from which the user can add no more. The answer to the last message may go
   * beyond it.
   *
   * @default 67108864
   */
  readonly storedMaxBytes: number;
}

export const defaultLimits: ChatKitLimits = {
  messageMaxChars: 32_000,
  storedMaxBytes: 64 * 1024 * 1024,
};

/** In JSON a character has six bytes at most, as in `\u0001`. */
const maxBytesPerChar = 6;
/** For the metadata, and for everything around the text. */
const extraBytes = 64 * 1024;

/** The bytes of a body that has the longest message allowed. */
export const bodyLimitFor = ({ messageMaxChars }: Pick<ChatKitLimits, 'messageMaxChars'>): number =>
  messageMaxChars * maxBytesPerChar + extraBytes;

const jsonLength = (value: unknown): number =>
  (JSON.stringify(value) as string | undefined)?.length ?? 0;

function messageLength({
  content,
  quoted_text: quoted,
  inference_options: options,
}: UserMessageInput) {
  const parts = content.map((part) =>
    part.type === 'input_text' ? part.text.length : jsonLength(part),
  );
  const chosen = [options.model, options.tool_choice?.id].map((text) => text?.length ?? 0);
  return [...parts, ...chosen, quoted?.length ?? 0].reduce((sum, length) => sum + length, 0);
}

/** What a request brings, with its name in the refusal. */
function sizeOf(request: ChatKitRequest): readonly [what: string, length: number] {
  switch (request.type) {
    case 'threads.create':
    case 'threads.add_user_message':
      return ['message', messageLength(request.params.input)];
    case 'threads.add_client_tool_output':
      return ['tool output', jsonLength(request.params.result)];
    case 'threads.add_structured_input':
      return ['input', jsonLength(request.params.input)];
    case 'threads.custom_action':
    case 'threads.sync_custom_action':
      return ['action', jsonLength(request.params.action)];
    default:
      return ['request', 0];
  }
}

/** @throws {ChatKitProblem} `payload_too_large` for a request that brings too much */
export function assertAcceptable(
  request: ChatKitRequest,
  { messageMaxChars }: Pick<ChatKitLimits, 'messageMaxChars'>,
): void {
  for (const [what, length] of [
    sizeOf(request),
    ['metadata', jsonLength(request.metadata)] as const,
  ]) {
    if (length <= messageMaxChars) continue;
    throw new ChatKitProblem(
      'payload_too_large',
      `The ${what} may have ${messageMaxChars} characters at most.`,
    );
  }
}

/** What a user is answered who can store no more. */
export const quotaExceeded = (): ChatKitProblem =>
  new ChatKitProblem(
    'storage_quota_exceeded',
    'This user has stored as much as one user may. Delete a thread first.',
  );

/** @throws {ChatKitProblem} `storage_quota_exceeded` when the user can add no more */
export async function assertQuota(
  store: Store,
  context: StoreContext,
  { storedMaxBytes }: Pick<ChatKitLimits, 'storedMaxBytes'>,
): Promise<void> {
  if ((await store.storedBytes(context)) < storedMaxBytes) return;
  throw quotaExceeded();
}
