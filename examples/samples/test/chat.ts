import {
  ChatKitServer,
  MemoryStore,
  newId,
  type ProcessResult,
  type StructuredInputItem,
  type SyncActionResult,
  type ThreadItem,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type UserTag,
  type WidgetItem,
} from '@taskpilot-chat/server';
import { createResponder } from '../../../server/agent/index.js';
import { startFakeModel, text, type FakeModel } from '../../../server/agent/test/fake-model.js';

/** What the model answers to one request: a text, or a call of a tool. */
type ModelAnswer = string | { readonly tool: string; readonly args?: object };

export const call = (tool: string, args: object = {}): ModelAnswer => ({ tool, args });

interface Message {
  readonly tags?: readonly UserTag[];
  readonly toolChoice?: string;
}

/** A chat with a module loaded as the service loads it, against a scripted model. */
export class Chat {
  readonly user: string;
  readonly model: FakeModel;
  readonly #server: ChatKitServer;
  readonly #store = new MemoryStore();
  readonly #answers: ModelAnswer[] = [];
  /** What the page is about. */
  page: object | null = null;
  #threadId: string | null = null;

  private constructor(server: ConstructorParameters<typeof ChatKitServer>[0], model: FakeModel) {
    this.user = newId('thread');
    this.model = model;
    this.#server = new ChatKitServer({ ...server, store: this.#store });
    model.script = (_request, reply) => {
      const next = this.#answers.shift();
      if (next === undefined) throw new Error('The model has no further answer.');
      reply.outputs(
        typeof next === 'string'
          ? text(next)
          : { type: 'function_call', name: next.tool, arguments: JSON.stringify(next.args ?? {}) },
      );
    };
  }

  /** @param url of the module */
  static async open(url: URL): Promise<Chat> {
    const model = await startFakeModel();
    const { responder } = await createResponder(
      { module: url.pathname, model: undefined, instructions: undefined },
      {
        openai: { apiKey: 'sk-test', baseUrl: model.baseUrl },
        onFailure: (failure) => {
          throw failure;
        },
        load: {
          runsTypeScript: true,
          importModule: (file) => import(/* @vite-ignore */ file) as Promise<unknown>,
        },
      },
    );
    return new Chat({ responder, store: new MemoryStore() }, model);
  }

  close(): Promise<void> {
    return this.model.close();
  }

  /** Leaves the conversation: the next message begins another one. */
  startAnew(): void {
    this.#threadId = null;
  }

  /** Sends a message. */
  say(words: string, answers: readonly ModelAnswer[], { tags = [], toolChoice }: Message = {}) {
    const input = {
      content: [...tags, { type: 'input_text', text: words }],
      attachments: [],
      inference_options: toolChoice === undefined ? {} : { tool_choice: { id: toolChoice } },
    };
    const type = this.#threadId === null ? 'threads.create' : 'threads.add_user_message';
    return this.#stream(type, { input }, answers);
  }

  /** Clicks in a widget, or does something in the page. */
  act(type: string, payload: unknown, widget?: WidgetItem, answers: readonly ModelAnswer[] = []) {
    const params = { item_id: widget?.id ?? null, action: { type, payload } };
    return this.#stream('threads.custom_action', params, answers);
  }

  /** As `act`, for an action that is answered with JSON. */
  async actAtOnce(type: string, payload: unknown, widget?: WidgetItem): Promise<SyncActionResult> {
    const params = { item_id: widget?.id ?? null, action: { type, payload } };
    const result = await this.#process('threads.sync_custom_action', params);
    if (result.type === 'stream') throw new Error(`The action ${type} is streamed.`);
    return result.body;
  }

  /** Gives back the output of a tool in the page. */
  output(result: unknown, answers: readonly ModelAnswer[]) {
    return this.#stream('threads.add_client_tool_output', { result }, answers);
  }

  /** Answers the questions of a structured input. */
  answer(
    { id, inputs }: StructuredInputItem,
    values: readonly string[],
    answers: readonly ModelAnswer[],
  ) {
    const given = Object.fromEntries(inputs.map((question) => [question.id, { values }]));
    const input = { status: 'answered', answers: given };
    return this.#stream('threads.add_structured_input', { item_id: id, input }, answers);
  }

  /** All items of the thread, those included that only the model reads. */
  async items(): Promise<ThreadItem[]> {
    const page = { limit: 1000, order: 'asc' } as const;
    return (await this.#store.loadItems(this.#threadId ?? '', page, { user: this.user })).data;
  }

  thread(): Promise<ThreadMetadata> {
    return this.#store.loadThread(this.#threadId ?? '', { user: this.user });
  }

  /** The input of the model's last request, as JSON. */
  get lastInput(): string {
    const { input = [], instructions } = this.model.requests.at(-1)?.body ?? {};
    return JSON.stringify({ instructions, input });
  }

  async #stream(
    type: string,
    params: object,
    answers: readonly ModelAnswer[],
  ): Promise<ThreadStreamEvent[]> {
    this.#answers.push(...answers);
    const result = await this.#process(type, params);
    if (result.type === 'json') throw new Error(`The request ${type} is not streamed.`);
    const events: ThreadStreamEvent[] = [];
    for await (const event of result.events) {
      events.push(structuredClone(event));
      if (event.type === 'thread.created') this.#threadId = event.thread.id;
    }
    return events;
  }

  #process(type: string, params: object): Promise<ProcessResult> {
    return this.#server.process(
      {
        type,
        params: { ...(this.#threadId !== null && { thread_id: this.#threadId }), ...params },
        ...(this.page !== null && { metadata: { page: this.page } }),
      },
      {
        user: this.user,
        signal: new AbortController().signal,
        onError: (error) => {
          throw error;
        },
      },
    );
  }
}

/** The whole items that events show, of one type. */
export const itemsOf = <T extends ThreadItem['type']>(
  events: readonly ThreadStreamEvent[],
  type: T,
): Extract<ThreadItem, { type: T }>[] =>
  events.flatMap((event) => {
    const isWhole = event.type === 'thread.item.done' || event.type === 'thread.item.replaced';
    return isWhole && event.item.type === type
      ? [event.item as Extract<ThreadItem, { type: T }>]
      : [];
  });

export const textsOf = (events: readonly ThreadStreamEvent[]): string[] =>
  itemsOf(events, 'assistant_message').map(({ content }) =>
    content.map((part) => part.text).join(''),
  );

/** The effects in the page, by name. */
export const effectsOf = (events: readonly ThreadStreamEvent[]): [string, unknown][] =>
  events.flatMap((event): [string, unknown][] =>
    event.type === 'client_effect' ? [[event.name, event.data]] : [],
  );
