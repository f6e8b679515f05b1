import { isUtf8 } from 'node:buffer';
import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
import { Problem } from '../problems.js';
import type { Authenticator } from './authenticator.js';

const namedNetworks: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Who may name users: the proxies of TRUST_PROXY when they are listed, else whoever connects. */
function createPeerCheck(trusted: Config['trustProxy']): (request: FastifyRequest) => boolean {
  if (!Array.isArray(trusted)) return () => true;
  const networks = new BlockList();
  for (const network of trusted.flatMap((entry) => namedNetworks[entry] ?? [entry])) {
    const [address = '', bits] = network.split('/');
    if (bits === undefined) networks.addAddress(address, family(address));
    else networks.addSubnet(address, Number(bits), family(address));
  }
  return ({ socket }) => {
    const peer = socket.remoteAddress;
    return peer !== undefined && networks.check(peer, family(peer));
  };
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
