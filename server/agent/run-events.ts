import type { Agent, RunStreamEvent } from '@openai/agents';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { HiddenContextItem, ThreadStreamEvent } from '../chatkit/index.js';
import type { AgentContext } from './agent-context.js';
import { isClientTool } from './tools.js';
import { showGenericEvent } from './generic-events.js';
import { Images, type StoreImage } from './images.js';
import { Messages } from './messages.js';
import { isResponsesType, typeOf } from './model-events.js';
import { showResponseEvent, type Screen } from './response-events.js';
import { Steps } from './steps.js';
import { toolRecord } from './tool-record.js';
import { functionTask } from './tool-tasks.js';

const cutOffNotice: ThreadStreamEvent = {
  type: 'notice',
  level: 'info',
  message: 'The answer was cut off because it became too long.',
};

const hasTextOutput = ({ outputType }: { readonly outputType: unknown }): boolean =>
  outputType === undefined || outputType === 'text';

const textOf = (output: unknown): string =>
  typeof output === 'string' ? output : output === undefined ? '' : JSON.stringify(output);

/** Turns what a run of the SDK tells into events of the thread. */
export class RunEvents {
  readonly #context: AgentContext;
  readonly #screen: { -readonly [Key in keyof Screen]: Screen[Key] };
  readonly #calls = new Map<string, { name: string; arguments: string }>();
  /** Ids of the items that were shown, for a guardrail to take back. */
  readonly #shown = new Set<string>();

  constructor(agent: Agent, context: AgentContext, storeImage: StoreImage) {
    this.#context = context;
    const { newId, now } = context;
    const emit = (event: ThreadStreamEvent) => this.#emit(event);
    const common = { threadId: context.thread.id, newId, now, emit };
    const steps = new Steps(common);
    this.#screen = {
      steps,
      messages: new Messages({ ...common, onBegin: () => steps.end() }),
      images: new Images({ ...common, storeImage }),
      showsText: hasTextOutput(agent),
      onCutOff: () => emit(cutOffNotice),
    };
  }

  /** What the agent says is for a program, so that somebody has to put it into words. */
  get wantsWords(): boolean {
    return !this.#screen.showsText;
  }

  /** Shows what the model says; to be awaited when it takes its time. */
  readonly showResponse = (event: ResponseStreamEvent): Promise<void> | undefined =>
    showResponseEvent(event, this.#screen);

  /** Shows an event of the run; to be awaited when it takes its time. */
  show(event: RunStreamEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'raw_model_stream_event': {
        const { data } = event;
        if (data.type === 'model') {
          const raw = data.event as unknown;
          if (!isResponsesType(typeOf(raw))) return undefined;
          return this.showResponse(raw as ResponseStreamEvent);
        }
        // Of a model that speaks the Responses API, its own events tell more.
        if (!isResponsesType(typeOf(data.providerData))) showGenericEvent(data, this.#screen);
        return undefined;
      }
      case 'run_item_stream_event':
        this.#showItem(event);
        return undefined;
      case 'agent_updated_stream_event':
        this.#screen.showsText = hasTextOutput(event.agent);
        return undefined;
    }
  }

  #showItem({ item }: Extract<RunStreamEvent, { type: 'run_item_stream_event' }>): void {
    const { steps } = this.#screen;
    if (item.type === 'tool_call_item' && item.rawItem.type === 'function_call') {
      const { name, callId, arguments: args } = item.rawItem;
      const tool = item.agent.tools.find((candidate) => candidate.name === name);
      if (isClientTool(tool)) return;
      this.#calls.set(callId, { name, arguments: args });
      steps.show(callId, functionTask(name, 'loading'));
    }
    if (item.type === 'tool_call_output_item' && item.rawItem.type === 'function_call_result') {
      const { callId } = item.rawItem;
      const call = this.#calls.get(callId);
      if (call === undefined) return;
      this.#calls.delete(callId);
      if (steps.find(callId) !== undefined) steps.show(callId, functionTask(call.name, 'complete'));
      const { newId, now, thread } = this.#context;
      const record: HiddenContextItem = {
        type: 'hidden_context_item',
        id: newId('message'),
        thread_id: thread.id,
        created_at: now(),
        content: toolRecord(callId, call.name, call.arguments, textOf(item.output)),
      };
      this.#emit({ type: 'thread.item.done', item: record });
    }
  }

  /** A whole message. */
  say(text: string): void {
    this.#screen.messages.say(text);
  }

  /** Ends what is open. */
  finish(): void {
    this.#screen.messages.endAll();
    this.#screen.steps.end();
  }

  /** Takes back everything of this answer. */
  takeBack(): void {
    for (const id of this.#shown) this.#context.emit({ type: 'thread.item.removed', item_id: id });
  }

  #emit(event: ThreadStreamEvent): void {
    if (event.type === 'thread.item.added' || event.type === 'thread.item.done') {
      this.#shown.add(event.item.id);
    }
    this.#context.emit(event);
  }
}
