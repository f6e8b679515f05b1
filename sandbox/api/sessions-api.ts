import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenAIStyleError } from './openai-error.js';
import type { Scenario } from './scenarios.js';
import type { SessionBook } from './session-book.js';

/** The one key that the sandbox takes; it opens nothing else. */
export const sandboxApiKey = 'sk-sandbox-not-a-real-key';
const slowSessionMs = 1500;
const beta = 'chatkit_beta=v1';

const incorrectKey = () =>
  new OpenAIStyleError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });

/** @throws {OpenAIStyleError} 401 without the key, 400 without the beta header */
export function checkClient({ headers }: FastifyRequest): void {
  if (headers.authorization !== `Bearer ${sandboxApiKey}`) throw incorrectKey();
  const betas = String(headers['openai-beta'] ?? '').split(',');
  if (!betas.some((name) => name.trim() === beta)) {
    throw new OpenAIStyleError(
      400,
      `You must provide the 'OpenAI-Beta' header with value '${beta}'.`,
      { code: 'invalid_beta' },
    );
  }
}

export interface SessionsApiOptions {
  readonly book: SessionBook;
  /** Aborted when the sandbox closes. */
  readonly signal: AbortSignal;
}

/** `POST /v1/chatkit/sessions`, and how each scenario fails it. */
export function createSessionsApi({ book, signal }: SessionsApiOptions) {
  return async (request: FastifyRequest, reply: FastifyReply, scenario: Scenario) => {
    checkClient(request);
    switch (scenario) {
      case 'session-401':
        throw incorrectKey();
      case 'session-404':
      case 'workflow-gone': {
        const { workflow } = (request.body ?? {}) as { workflow?: { id?: string } };
        throw new OpenAIStyleError(404, `Workflow with id '${workflow?.id ?? ''}' not found.`);
      }
      case 'session-429':
        throw new OpenAIStyleError(429, 'Rate limit reached.', {
          type: 'rate_limit_error',
          code: 'rate_limit_exceeded',
          headers: { 'retry-after': '1' },
        });
      case 'session-500':
        throw new OpenAIStyleError(500, 'The server had an error.', { type: 'server_error' });
      case 'session-hang':
        return reply.hijack();
      case 'session-reset':
        reply.hijack();
        request.raw.socket.destroy();
        return reply;
      case 'session-garbage':
        return reply.type('text/html').send('<!doctype html><title>Welcome</title>');
      case 'slow':
        await sleep(slowSessionMs, undefined, { signal });
        break;
      default:
    }
    return book.describe(book.create(request.body, scenario === 'secret-expires'));
  };
}
