import ipaddr from 'ipaddr.js';
import type { IncomingRequest } from './request.js';

/** Of an IPv6 address its /64 network. */
function normalize(text: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return text;
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0]).toString();
}

/** `192.0.2.1:4711`, `[2001:db8::1]:4711`, `"[2001:db8::1]"`, `fe80::1%eth0`: an address as proxies write it. */
function parse(text: string): string | undefined {
  const bare = text.replace(/^"(.*)"$/, '$1');
  const [, inBrackets] = /^\[([^\]]*)\](?::\d+)?$/.exec(bare) ?? [];
  return normalize((inBrackets ?? bare.replace(/^([\d.]+):\d+$/, '$1')).replace(/%.*$/, ''));
}

/**
 * The client's address; of IPv6 its /64 network, which one household or server has to itself. What a proxy has told
 * is a text that may come from the client: where it is no address, the proxy's own counts.
 */
export function addressOf({
  ip = '',
  socket,
}: Pick<IncomingRequest, 'socket'> & Partial<Pick<IncomingRequest, 'ip'>>): string {
  // Unix sockets have no address, and neither has a client that is gone.
  return parse(ip) ?? parse(socket.remoteAddress ?? '') ?? 'local';
}
