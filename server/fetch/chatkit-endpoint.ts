import { bodyLimitFor, defaultLimits } from '../chatkit/limits.js';
import { refuse, wrongMethod } from '../chatkit/refusal.js';
import { answeringHeader, ChatKitServer } from '../chatkit/server.js';
import { eventStreamHeaders, writeEvents } from '../chatkit/sse.js';
import type { MakeLimit } from '../http/limits.js';
import { chatkitPath, type SelfHosted } from '../sessions/self-hosted.js';
import { readJson } from './body.js';
import type { HandlerContext, HandlerReply, HandlerRequest } from './request.js';
import { ResponseBody } from './response-body.js';
import { decode, type Endpoint } from './router.js';

/** As the plugin of Fastify has them, in milliseconds. */
const streamTiming = { heartbeatMs: 15_000, stalledMs: 30_000 };

const requestsPath = `${chatkitPath}/requests/`;

/** The ChatKit server: its requests, and the end of answers. */
export function chatKitEndpoint(
  { serverOptions, access }: SelfHosted,
  limit: MakeLimit<HandlerRequest>,
): readonly Endpoint[] {
  const server = new ChatKitServer(serverOptions);
  const { authenticate, admit } = access(limit);
  const bodyLimit = bodyLimitFor({ ...defaultLimits, ...serverOptions.limits });
  const refused = (error: unknown, request: HandlerRequest) =>
    refuse(error, bodyLimit, request.id, request.log);

  async function converse(
    request: HandlerRequest,
    reply: HandlerReply,
    { waitUntil }: HandlerContext,
  ): Promise<Response> {
    const caller = await authenticate(request);
    request.body = await readJson(request, { maxBytes: bodyLimit });
    const gone = new AbortController();
    const { signal } = request.source;
    const sink = new ResponseBody();
    const disconnect = () => {
      gone.abort();
      sink.destroy();
    };
    if (signal.aborted) disconnect();
    else signal.addEventListener('abort', disconnect, { once: true });
    sink.once('close', () => {
      signal.removeEventListener('abort', disconnect);
      if (!sink.writableEnded) gone.abort();
    });
    const { onRevoked, ...named } = caller;
    const key = request.headers['idempotency-key'];
    const result = await server.process(request.body, {
      user: caller.user,
      caller: named,
      headers: request.headers,
      endpoint: request.source.url.replace(/[?#].*$/, ''),
      requestId: request.id,
      signal: gone.signal,
      onRevoked,
      idempotencyKey: Array.isArray(key) ? key.join() : key,
      admit: (ended) => {
        waitUntil?.(ended);
        return admit(request, caller, ended);
      },
      onError: (error) => request.log.error({ err: error }, 'An answer failed.'),
    });
    if (result.type === 'json') {
      return reply.json(200, result.body, {
        'cache-control': 'no-store',
        ...(result.isAnswering && { [answeringHeader]: 'running' }),
      });
    }
    void writeEvents(sink, result.events, { ...streamTiming, log: request.log });
    return reply.send(200, sink.stream, eventStreamHeaders);
  }

  return [
    {
      match: (path) => (path === chatkitPath ? '' : null),
      method: 'POST',
      wrongMethod: wrongMethod.request,
      allow: 'POST',
      refuse: refused,
      answer: (request, reply, _parameter, context) => converse(request, reply, context),
    },
    {
      match: (path) =>
        path.startsWith(requestsPath) ? decode(path.slice(requestsPath.length)) : null,
      method: 'DELETE',
      wrongMethod: wrongMethod.stop,
      allow: 'DELETE',
      refuse: refused,
      async answer(request, reply, key) {
        const { user } = await authenticate(request);
        request.body = await readJson(request, { maxBytes: bodyLimit });
        await server.stop(key, { user });
        return reply.send(204, null);
      },
    },
  ];
}
