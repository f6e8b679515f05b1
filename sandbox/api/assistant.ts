import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AssistantContent,
  AssistantMessageItem,
  Responder,
  ResponderContext,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageItem,
} from '@taskpilot-chat/server/chatkit';
import type { TaskLists } from './task-list.js';
import { answer, nextStep, type Step, type ToolResult } from './task-script.js';

export interface AssistantOptions {
  readonly tasks: TaskLists;
  /** Delay between two words, in milliseconds. */
  readonly delayMs: number;
}

const maxTitleLength = 60;
/** More than an answer with calls of tools has. */
const itemsOfAnswer = 20;

const textOf = (message: UserMessageItem): string =>
  message.content
    .map(({ text }) => text)
    .join(' ')
    .trim();

/** The last message of the thread, and the calls of tools that it has led to. */
async function lastMessage(
  thread: ThreadMetadata,
  context: ResponderContext,
): Promise<{ readonly text: string; readonly results: readonly ToolResult[] }> {
  const page = { limit: itemsOfAnswer, order: 'desc' } as const;
  const { data } = await context.store.loadItems(thread.id, page, context);
  const results: ToolResult[] = [];
  for (const item of data) {
    if (item.type === 'user_message') return { text: textOf(item), results };
    if (item.type === 'client_tool_call' && item.status === 'completed') {
      results.unshift({ name: item.name, output: item.output });
    }
  }
  return { text: '', results };
}

/**
 * The scripted task assistant in the place of a hosted workflow. On a page with `onClientTool`, which the frame tells in
 * the metadata, it works with the tools of the page; elsewhere with a list in memory.
 */
export function createAssistant({ tasks, delayMs }: AssistantOptions): Responder {
  return {
    async *respond(thread, message, context) {
      const asked =
        message === null
          ? await lastMessage(thread, context)
          : { text: textOf(message), results: [] };
      thread.title ??= asked.text.slice(0, maxTitleLength) || 'New chat';
      const step: Step =
        context.metadata['client_tools'] === true
          ? nextStep(asked.text, asked.results)
          : { type: 'say', text: answer(asked.text, tasks.of(context.user)) };
      if (step.type === 'say') {
        yield* streamText(step.text, thread, context, delayMs);
        return;
      }
      yield {
        type: 'thread.item.done',
        item: {
          type: 'client_tool_call',
          id: context.newId('tool_call'),
          thread_id: thread.id,
          created_at: context.now(),
          status: 'pending',
          call_id: context.newId('tool_call'),
          name: step.name,
          arguments: { ...step.arguments },
        },
      };
    },
  };
}

/** An assistant message that comes word by word. */
async function* streamText(
  text: string,
  thread: ThreadMetadata,
  context: ResponderContext,
  delayMs: number,
): AsyncGenerator<ThreadStreamEvent> {
  const item: AssistantMessageItem = {
    type: 'assistant_message',
    id: context.newId('message'),
    thread_id: thread.id,
    created_at: context.now(),
    content: [],
  };
  yield { type: 'thread.item.added', item: structuredClone(item) };
  const content: AssistantContent = { type: 'output_text', text: '', annotations: [] };
  const update = { item_id: item.id, type: 'thread.item.updated' } as const;
  yield {
    ...update,
    update: {
      type: 'assistant_message.content_part.added',
      content_index: 0,
      content: structuredClone(content),
    },
  };
  for (const word of text.match(/\s*\S+\s*/g) ?? []) {
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: context.signal });
    content.text += word;
    yield {
      ...update,
      update: {
        type: 'assistant_message.content_part.text_delta',
        content_index: 0,
        delta: word,
      },
    };
  }
  yield {
    ...update,
    update: {
      type: 'assistant_message.content_part.done',
      content_index: 0,
      content: structuredClone(content),
    },
  };
  yield { type: 'thread.item.done', item: { ...item, content: [content] } };
}
