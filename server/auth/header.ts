import { isUtf8 } from 'node:buffer';
import { compile } from '@fastify/proxy-addr';
import { Problem } from '../problems.js';
import { countHeader, type PlainAuthenticator } from './authenticator.js';

/** Node reads headers as Latin-1, while proxies write names in UTF-8. */
function decode(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}

/**
 * A trusted proxy has logged the user in and names them in a header.
 *
 * @param proxies addresses of the proxies that may name users; the header of any other peer is refused
 */
export function createHeaderAuthenticator(
  header: string,
  proxies: readonly string[],
): PlainAuthenticator {
  const isTrusted = compile([...proxies]);
  return {
    authenticate(request) {
      const { remoteAddress } = request.socket;
      if (remoteAddress === undefined || !isTrusted(remoteAddress, 0)) {
        throw new Problem('unauthenticated', 'Only the proxies of TRUST_PROXY may name users.');
      }
      const user = request.headers[header];
      // Two of them: the proxy has added its own to what the client made up.
      if (countHeader(request, header) !== 1 || typeof user !== 'string' || user.trim() === '') {
        throw new Problem('unauthenticated', 'The proxy in front of the service names no user.');
      }
      return { user: decode(user).trim() };
    },
  };
}
