import type {
  Annotation,
  AssistantContent,
  AssistantMessageItem,
  NewId,
  ThreadStreamEvent,
} from '../chatkit/index.js';

export interface MessagesOptions {
  readonly threadId: string;
  readonly newId: NewId;
  readonly now: () => string;
  readonly emit: (event: ThreadStreamEvent) => void;
  /** Called before a message begins. */
  readonly onBegin: () => void;
}

const emptyPart = (): AssistantContent => ({ type: 'output_text', text: '', annotations: [] });

/**
 * The model's messages as items of the thread. A server that is only compatible may leave out events that
 * announce a message or a part of it: both begin with whatever comes first.
 */
export class Messages {
  readonly #options: MessagesOptions;
  readonly #open = new Map<string, AssistantMessageItem>();

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** @param key the model's own name of the message; ours is new, for theirs may come twice */
  begin(key: string): AssistantMessageItem {
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const { newId, now, threadId, emit, onBegin } = this.#options;
    onBegin();
    const item: AssistantMessageItem = {
      type: 'assistant_message',
      id: newId('message'),
      thread_id: threadId,
      created_at: now(),
      content: [],
    };
    this.#open.set(key, item);
    emit({ type: 'thread.item.added', item: { ...item, content: [] } });
    return item;
  }

  beginPart(key: string, index: number): AssistantContent {
    const item = this.begin(key);
    for (let next = item.content.length; next <= index; next++) {
      item.content.push(emptyPart());
      this.#update(item, {
        type: 'assistant_message.content_part.added',
        content_index: next,
        content: emptyPart(),
      });
    }
    return item.content[index] ?? emptyPart();
  }

  append(key: string, index: number, delta: string): void {
    if (delta === '') return;
    const part = this.beginPart(key, index);
    part.text += delta;
    this.#update(this.begin(key), {
      type: 'assistant_message.content_part.text_delta',
      content_index: index,
      delta,
    });
  }

  annotate(key: string, index: number, annotation: Annotation): void {
    const { annotations } = this.beginPart(key, index);
    annotations.push(annotation);
    this.#update(this.begin(key), {
      type: 'assistant_message.content_part.annotation_added',
      content_index: index,
      annotation_index: annotations.length - 1,
      annotation,
    });
  }

  endPart(key: string, index: number, text: string): void {
    const part = this.beginPart(key, index);
    part.text = text;
    this.#update(this.begin(key), {
      type: 'assistant_message.content_part.done',
      content_index: index,
      content: { ...part, annotations: [...part.annotations] },
    });
  }

  /** @param content what the model says the whole message was, if it does */
  end(key: string, content?: AssistantContent[]): void {
    const item = this.begin(key);
    this.#open.delete(key);
    if (content !== undefined && content.length > 0) item.content = content;
    this.#options.emit({ type: 'thread.item.done', item });
  }

  /** Ends what the model began and did not end. */
  endAll(): void {
    for (const key of [...this.#open.keys()]) this.end(key);
  }

  /** A whole message that came at once. */
  say(text: string): void {
    const key = '';
    this.append(key, 0, text);
    this.endPart(key, 0, text);
    this.end(key);
  }

  #update(
    { id }: AssistantMessageItem,
    update: Extract<ThreadStreamEvent, { type: 'thread.item.updated' }>['update'],
  ): void {
    this.#options.emit({ type: 'thread.item.updated', item_id: id, update });
  }
}
