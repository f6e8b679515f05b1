import type { Responder, ThreadStreamEvent } from '../chatkit/index.js';
import type { AgentHandlers } from './agent-module.js';
import type { Upstream } from './upstream.js';

type Events = AsyncIterable<ThreadStreamEvent>;

/** Each step of a generator continues in the context of its caller, so each is taken on the route. */
const routedStream =
  <Args extends unknown[]>(make: (...args: Args) => Events, { onRoute }: Upstream) =>
  (...args: Args): Events => ({
    [Symbol.asyncIterator]: () => {
      const iterator = onRoute(() => make(...args)[Symbol.asyncIterator]());
      return {
        next: () => onRoute(() => iterator.next()),
        return: (value?: unknown) =>
          onRoute(() => iterator.return?.(value) ?? Promise.resolve({ done: true, value })),
      };
    },
  });

/**
 * The handlers of an operator's module. The agents that `action` runs with the SDK's default client go to this upstream,
 * whichever service of the process has set that client last.
 */
export const routedHandlers = (handlers: AgentHandlers, upstream: Upstream): AgentHandlers => {
  const action = handlers.action?.bind(handlers);
  return { ...handlers, ...(action !== undefined && { action: routedStream(action, upstream) }) };
};

/** As `routedHandlers`, for a responder, which may be an object of a class. */
export function routedResponder(responder: Responder, upstream: Upstream): Responder {
  const syncAction = responder.syncAction?.bind(responder);
  const feedback = responder.feedback?.bind(responder);
  const streamOptions = responder.streamOptions?.bind(responder);
  const cancelled = responder.cancelled?.bind(responder);
  const action = responder.action?.bind(responder);
  return {
    respond: routedStream(responder.respond.bind(responder), upstream),
    ...(action !== undefined && { action: routedStream(action, upstream) }),
    ...(syncAction !== undefined && { syncAction }),
    ...(feedback !== undefined && { feedback }),
    ...(streamOptions !== undefined && { streamOptions }),
    ...(cancelled !== undefined && { cancelled }),
  };
}
