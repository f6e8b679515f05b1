import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AssistantContent,
  AssistantMessageItem,
  Responder,
  UserMessageItem,
} from '@taskpilot-chat/server/chatkit';
import { answer, type TaskLists } from './task-list.js';

export interface AssistantOptions {
  readonly tasks: TaskLists;
  /** Delay between two words, in milliseconds. */
  readonly delayMs: number;
}

const maxTitleLength = 60;

const textOf = (message: UserMessageItem): string =>
  message.content
    .map(({ text }) => text)
    .join(' ')
    .trim();

/** The scripted task assistant: streams the text of `answer` word by word. */
export function createAssistant({ tasks, delayMs }: AssistantOptions): Responder {
  return {
    async *respond(thread, message, context) {
      const text = message ? textOf(message) : '';
      thread.title ??= text.slice(0, maxTitleLength) || 'New chat';
      const item: AssistantMessageItem = {
        type: 'assistant_message',
        id: context.newId('message'),
        thread_id: thread.id,
        created_at: new Date().toISOString(),
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
      for (const word of answer(text, tasks.of(context.user)).match(/\s*\S+\s*/g) ?? []) {
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
    },
  };
}
