import { isIP } from 'node:net';
import { normalizeIP } from '@fastify/rate-limit';

/** `192.0.2.1:4711`, `[2001:db8::1]:4711`, `"[2001:db8::1]"`, `fe80::1%eth0`: an address as proxies write it. */
function parse(text: string): string | undefined {
  const bare = text.replace(/^"(.*)"$/, '$1');
  const [, inBrackets] = /^\[([^\]]*)\](?::\d+)?$/.exec(bare) ?? [];
  const address = (inBrackets ?? bare.replace(/^([\d.]+):\d+$/, '$1')).replace(/%.*$/, '');
  return isIP(address) === 0 ? undefined : normalizeIP(address);
}

interface Sender {
  readonly ip?: string | undefined;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/**
 * The client's address; of IPv6 its /64 network, which one household or server has to itself. What a proxy has told
 * is a text that may come from the client: where it is no address, the proxy's own counts.
 */
export function addressOf({ ip = '', socket }: Sender): string {
  // Unix sockets have no address, and neither has a client that is gone.
  return parse(ip) ?? parse(socket.remoteAddress ?? '') ?? 'local';
}
