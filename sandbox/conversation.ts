import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ChatKitServer,
  MemoryStore,
  NotFoundError,
  RequestError,
} from '../server/chatkit/index.js';
import { createAssistant } from './assistant.js';
import type { Scenario } from './scenarios.js';
import { TaskLists } from './task-list.js';
import type { SessionBook } from './session-book.js';

/** What of an answer is let through before `stream-breaks` cuts it. */
const eventsBeforeBreak = 12;
const streaming = ['threads.create', 'threads.add_user_message', 'threads.retry_after_item'];

export interface ConversationOptions {
  readonly book: SessionBook;
  readonly wordDelayMs: number;
}

/** `POST /v1/chatkit/conversation`: the ChatKit protocol for the bearer of a client secret. */
export function createConversation({ book, wordDelayMs }: ConversationOptions) {
  const store = new MemoryStore();
  const tasks = new TaskLists();
  const broken = new Set<string>();
  const server = (delayMs: number) =>
    new ChatKitServer({ store, responder: createAssistant({ tasks, delayMs }) });
  const usual = server(wordDelayMs);
  const slow = server(wordDelayMs * 8);

  return async (request: FastifyRequest, reply: FastifyReply, scenario: Scenario) => {
    const secret = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    const { type } = (request.body ?? {}) as { type?: string };
    const session = book.use(secret, streaming.includes(type ?? ''));
    const controller = new AbortController();
    reply.raw.once('close', () => controller.abort());
    let result;
    try {
      result = await (scenario === 'slow' ? slow : usual).process(request.body, {
        user: session.user,
        signal: controller.signal,
      });
    } catch (error) {
      if (error instanceof NotFoundError) return reply.code(404).send({ message: error.message });
      if (error instanceof RequestError) {
        return reply.code(error.status).send({ message: error.message });
      }
      throw error;
    }
    if (result.type === 'json') return reply.send(result.body);
    const { events } = result;
    const lines = async function* () {
      let sent = 0;
      let thread = '';
      for await (const event of events) {
        if (event.type === 'thread.created') thread = event.thread.id;
        if ('item' in event) thread = event.item.thread_id;
        yield `data: ${JSON.stringify(event)}\n\n`;
        if (scenario === 'stream-breaks' && ++sent === eventsBeforeBreak && !broken.has(thread)) {
          broken.add(thread);
          reply.raw.destroy();
          return;
        }
      }
    };
    return reply
      .type('text/event-stream')
      .header('cache-control', 'no-cache')
      .send(Readable.from(lines()));
  };
}
