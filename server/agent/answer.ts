import {
  streamWidget,
  type ResponderContext,
  type ThreadMetadata,
  type ThreadStreamEvent,
} from '../chatkit/index.js';
import type { ItemOptions } from './messages.js';
import { showsItem, Steps, type AnswerActions } from './steps.js';

/** An answer while it is made: its steps, and the items that were sent. */
export class Answer {
  readonly itemOptions: ItemOptions;
  readonly steps: Steps;
  /** For tools: what they send is part of the answer. */
  readonly actions: AnswerActions;
  readonly #send: (event: ThreadStreamEvent) => void;
  /** Ids of the items that were sent, which a guardrail may retract. */
  readonly #sent = new Set<string>();
  #lastItemId: string | undefined;
  #hasWidget = false;

  constructor(
    { thread, newId, now }: Pick<ResponderContext, 'newId' | 'now'> & { thread: ThreadMetadata },
    send: (event: ThreadStreamEvent) => void,
  ) {
    this.#send = send;
    this.itemOptions = { threadId: thread.id, newId, now, emit: this.emit };
    const steps = new Steps(this.itemOptions);
    this.steps = steps;
    const emit = (event: ThreadStreamEvent) => {
      if (showsItem(event)) steps.end();
      this.emit(event);
    };
    this.actions = {
      emit,
      streamWidget: async (widget, copyText) => {
        const options = { newId, now, ...(copyText !== undefined && { copyText }) };
        for await (const event of streamWidget(thread, widget, options)) emit(event);
      },
      addTask: (task) => steps.add(task),
      endWorkflow: (end) => steps.end(end),
    };
  }

  /** Sends an event that belongs to the steps that are shown, or ends none. */
  readonly emit = (event: ThreadStreamEvent): void => {
    if (event.type === 'thread.item.added' || event.type === 'thread.item.done') {
      this.#sent.add(event.item.id);
      if (event.item.type === 'widget') this.#hasWidget = true;
    }
    if (event.type === 'thread.item.done') this.#lastItemId = event.item.id;
    this.#send(event);
  };

  /** Whether no item was sent. */
  get isEmpty(): boolean {
    return this.#sent.size === 0;
  }

  /** Whether a tool has shown a widget. */
  get hasWidget(): boolean {
    return this.#hasWidget;
  }

  /** The last item that is stored. */
  get lastItemId(): string | undefined {
    return this.#lastItemId;
  }

  /** Removes all items of this answer. */
  retract(): void {
    for (const id of this.#sent) this.#send({ type: 'thread.item.removed', item_id: id });
  }
}
