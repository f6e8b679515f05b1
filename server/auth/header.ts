import { isUtf8 } from 'node:buffer';
import { compile } from '@fastify/proxy-addr';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
import { Problem } from '../problems.js';
import type { Authenticator } from './authenticator.js';

/** Who may name users: the proxies of TRUST_PROXY when they are listed, else every peer. */
function createPeerCheck(trusted: Config['trustProxy']): (request: FastifyRequest) => boolean {
  if (!Array.isArray(trusted)) return () => true;
  const isTrusted = compile(trusted);
  return ({ socket }) => socket.remoteAddress !== undefined && isTrusted(socket.remoteAddress, 0);
}

/** Node reads headers as Latin-1, while proxies write names in UTF-8. */
function decode(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}

/** A trusted proxy has logged the user in and names them in a header. */
export function createHeaderAuthenticator(
  header: string,
  trusted: Config['trustProxy'],
): Authenticator {
  const isTrusted = createPeerCheck(trusted);
  return {
    authenticate(request) {
      if (!isTrusted(request)) {
        throw new Problem('unauthenticated', 'Only the proxies of TRUST_PROXY may name users.');
      }
      const names = request.raw.rawHeaders.filter((_, index) => index % 2 === 0);
      const user = request.headers[header];
      // Two of them: the proxy has added its own to what the client made up.
      const once = names.filter((name) => name.toLowerCase() === header).length === 1;
      if (!once || typeof user !== 'string' || user.trim() === '') {
        throw new Problem('unauthenticated', 'The proxy in front of the service names no user.');
      }
      return { user: decode(user).trim() };
    },
  };
}
