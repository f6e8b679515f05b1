import type { AgentInputItem } from '@openai/agents';
import type { Store, StoreContext, ThreadItem } from '../chatkit/index.js';
import { toInput } from './item-input.js';

export interface HistoryOptions {
  readonly threadId: string;
  readonly store: Store;
  readonly context: StoreContext;
  /** The item to answer: what was added after it, in another tab, is not for this answer. */
  readonly upTo: string | undefined;
  /** In tokens, as `estimateTokens` sees them. */
  readonly budget: number;
}

const pageSize = 100;
/** What an item costs beside its text. */
const overheadTokens = 8;
const imageTokens = 1500;
/** English has about 4 bytes to a token; other scripts have fewer letters, of more bytes. */
const bytesPerToken = 4;

/** About what an item costs. No tokenizer is asked: they differ by model, and the budget leaves room. */
export function estimateTokens(item: AgentInputItem): number {
  let images = 0;
  const text = JSON.stringify(item, (key, value: unknown) => {
    if (key !== 'image') return value;
    images += 1;
    return undefined;
  });
  return overheadTokens + images * imageTokens + Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

/** Items of the thread, the newest first. */
async function* newestFirst({ threadId, store, context }: HistoryOptions) {
  let after: string | undefined;
  do {
    const page = await store.loadItems(
      threadId,
      { limit: pageSize, order: 'desc', after },
      context,
    );
    yield* page.data;
    after = page.after;
  } while (after !== undefined);
}

/**
 * The items that the model is told of, the oldest first: as much of the thread as the budget allows, counted
 * from the newest item back and without gaps. The newest item is there even if it alone is too much. Items
 * that the model is told nothing of are left out.
 */
export async function loadHistory(options: HistoryOptions): Promise<ThreadItem[]> {
  const items: ThreadItem[] = [];
  let left = options.budget;
  let skipping = options.upTo !== undefined;
  for await (const item of newestFirst(options)) {
    skipping &&= item.id !== options.upTo;
    const input = skipping ? [] : toInput(item);
    if (input.length === 0) continue;
    left -= input.reduce((sum, part) => sum + estimateTokens(part), 0);
    if (left < 0 && items.length > 0) break;
    items.push(item);
  }
  return items.reverse();
}
