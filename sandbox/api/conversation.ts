import { Readable } from 'node:stream';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ChatKitServer,
  NotFoundError,
  RequestError,
  type Store,
  type ThreadStreamEvent,
} from '@taskpilot-chat/server/chatkit';
import { createAssistant } from './assistant.js';
import { assertMayUpload, type FileUploads } from './file-uploads.js';
import type { Scenario } from './scenarios.js';
import type { SessionBook } from './session-book.js';
import { TaskLists } from './task-list.js';

/** Events that `stream-breaks` sends before it closes the connection. */
const eventsBeforeBreak = 8;
/** Time to read them, in milliseconds: a browser drops what a page has not read when the connection breaks. */
const readingTimeMs = 200;
/** Factor of the word delay in the scenario `slow`. */
const slowness = 8;
/** Tells whether the page has `onClientTool`. */
const clientToolsHeader = 'x-sandbox-client-tools';
/**
 * Requests that count towards the rate limit: those that begin an answer. The output of a tool goes on with one; whether
 * OpenAI counts it is not documented.
 */
const limited = [
  'threads.create',
  'threads.add_user_message',
  'threads.add_structured_input',
  'threads.retry_after_item',
  'threads.custom_action',
];

export interface ConversationOptions {
  readonly book: SessionBook;
  readonly wordDelayMs: number;
  readonly store: Store;
  readonly files: FileUploads;
}

function threadOf(event: ThreadStreamEvent): string | null {
  if ('thread' in event) return event.thread.id;
  return 'item' in event ? event.item.thread_id : null;
}

async function* toEventStream(events: AsyncIterable<ThreadStreamEvent>): AsyncGenerator<string> {
  for await (const event of events) yield `data: ${JSON.stringify(event)}\n\n`;
}

/** `POST /v1/chatkit/conversation`: the ChatKit protocol for the bearer of a client secret. */
export function createConversation({ book, wordDelayMs, store, files }: ConversationOptions) {
  const tasks = new TaskLists();
  /** Threads with an answer that was cut. */
  const broken = new Set<string>();
  const serve = (delayMs: number) =>
    new ChatKitServer({
      store,
      attachments: files,
      responder: createAssistant({ tasks, delayMs }),
    });
  const usual = serve(wordDelayMs);
  const slow = serve(wordDelayMs * slowness);

  /** The first answer of each thread ends in the middle. */
  async function* breaking(events: AsyncIterable<ThreadStreamEvent>, cut: () => Promise<void>) {
    let sent = 0;
    let thread: string | null = null;
    for await (const event of events) {
      thread ??= threadOf(event);
      yield event;
      if (thread === null || broken.has(thread) || ++sent < eventsBeforeBreak) continue;
      broken.add(thread);
      await cut();
      return;
    }
  }

  return async (request: FastifyRequest, reply: FastifyReply, scenario: Scenario) => {
    const secret = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    const body = (request.body ?? {}) as { type?: string; params?: { size?: unknown } };
    const { type = '' } = body;
    // A hosted workflow knows its tools from its configuration; the stand-in, from what the frame tells of the page.
    const metadata = { client_tools: request.headers[clientToolsHeader] === 'true' };
    const session = book.use(secret, limited.includes(type));
    const { user } = session.asked;
    if (type === 'attachments.create') assertMayUpload(session, body.params?.size);
    const endpoint = `${request.protocol}://${request.host}${request.url}`;
    const closed = new AbortController();
    reply.raw.once('close', () => closed.abort());
    let result;
    try {
      const server = scenario === 'slow' ? slow : usual;
      result = await server.process(
        { ...body, metadata },
        { user, endpoint, signal: closed.signal },
      );
    } catch (error) {
      if (error instanceof NotFoundError) return reply.code(404).send({ message: error.message });
      if (error instanceof RequestError) {
        return reply.code(error.status).send({ message: error.message });
      }
      throw error;
    }
    if (result.type === 'json') return reply.send(result.body);
    // Flushes what was written before the connection closes.
    const cut = async (): Promise<void> => {
      const isWaiting = () => stream.readableLength + reply.raw.writableLength > 0;
      while (!stream.destroyed && isWaiting()) await turn();
      await delay(readingTimeMs);
      reply.raw.destroy();
    };
    const stream: Readable = Readable.from(
      toEventStream(scenario === 'stream-breaks' ? breaking(result.events, cut) : result.events),
    );
    return reply.type('text/event-stream').header('cache-control', 'no-cache').send(stream);
  };
}
