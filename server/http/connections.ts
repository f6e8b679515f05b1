import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a closing server waits for the next request on a connection after an answer, in milliseconds. */
const idleMs = 250;
/** How long a closing server waits for requests on connections that were made before, in milliseconds. */
const patienceMs = 1000;

/**
 * Lets a closing server end. Browsers and load balancers open connections ahead, on which nothing may ever
 * be asked, and Node waits for those as it does for requests; the rest of a body may never come, and a server
 * that closes has no time-out for it any more.
 *
 * A connection is dropped only after a moment: a proxy that has just made one, or had an answer over it, is about to
 * send a request, and does not send it to another instance when this one hangs up.
 */
export function dropUnusedConnections(app: FastifyInstance): void {
  const open = new Set<Socket>();
  const busy = new Map<Socket, IncomingMessage>();
  let closing = false;
  app.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    busy.set(raw.socket, raw);
    done();
  });
  app.addHook('onResponse', ({ raw }, _reply, done) => {
    const { socket } = raw;
    busy.delete(socket);
    // It would stay open for further requests, if its answer began before the closing. Those of `inject` are no sockets.
    if (closing && open.has(socket)) {
      setTimeout(() => busy.has(socket) || socket.destroy(), idleMs).unref();
    }
    done();
  });
  const dropUnused = () => {
    for (const socket of open) if (busy.get(socket)?.complete !== true) socket.destroy();
  };
  // In a scope of its own, for such hooks run after those of the scopes before, which may wait.
  app.register((scope, _options, done) => {
    scope.addHook('preClose', (closed) => {
      closing = true;
      setTimeout(dropUnused, patienceMs).unref();
      // Right after connections were accepted, when none waits in the system's queue, which would be reset.
      setImmediate(closed);
    });
    done();
  });
}
