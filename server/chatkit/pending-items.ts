import type { AssistantMessageItem, ThreadItem, ThreadItemUpdate } from './protocol/index.js';

function updateMessage(item: AssistantMessageItem, update: ThreadItemUpdate): void {
  if (!('content_index' in update)) return;
  const { content_index: index } = update;
  while (item.content.length <= index) {
    item.content.push({ type: 'output_text', text: '', annotations: [] });
  }
  const part = item.content[index];
  if (part === undefined) return;
  switch (update.type) {
    case 'assistant_message.content_part.text_delta':
      part.text += update.delta;
      return;
    case 'assistant_message.content_part.annotation_added':
      part.annotations.splice(update.annotation_index, 0, update.annotation);
      return;
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      item.content[index] = structuredClone(update.content);
  }
}

/** What has been shown and not been stored, kept up to date in case that the stream is cut. */
export class PendingItems {
  readonly #items = new Map<string, ThreadItem>();

  add(item: ThreadItem): void {
    this.#items.set(item.id, structuredClone(item));
  }

  update(itemId: string, update: ThreadItemUpdate): void {
    const item = this.#items.get(itemId);
    if (item?.type === 'assistant_message') updateMessage(item, update);
    if (item?.type === 'workflow' && 'task_index' in update) {
      const { tasks } = item.workflow;
      if (update.type === 'workflow.task.added') tasks.push(update.task);
      else tasks[update.task_index] = update.task;
    }
  }

  settle(itemId: string): void {
    this.#items.delete(itemId);
  }

  /** All of them, for whoever wants to keep more than text. */
  get all(): readonly ThreadItem[] {
    return [...this.#items.values()];
  }

  /** Messages with anything to read in them. */
  get texts(): readonly AssistantMessageItem[] {
    return this.all.filter(
      (item): item is AssistantMessageItem =>
        item.type === 'assistant_message' && item.content.some(({ text }) => text.trim() !== ''),
    );
  }
}
