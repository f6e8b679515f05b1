import { expect, it } from 'vitest';
import { addressOf } from './address.js';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:4711', '192.0.2.1'],
  ['"192.0.2.1:4711"', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:DB8::1', '2001:db8::'],
  ['[2001:db8::1]', '2001:db8::'],
  ['"[2001:db8::1]:4711"', '2001:db8::'],
  ['fe80::1%eth0', 'fe80::'],
  ['unknown', '127.0.0.1'],
  ['_hidden', '127.0.0.1'],
  ['', '127.0.0.1'],
  ['999.1.1.1', '127.0.0.1'],
  ['[192.0.2.1', '127.0.0.1'],
  ['192.0.2.1:', '127.0.0.1'],
  ['192.0.2.1 , x', '127.0.0.1'],
])('S2: the address in %j is %s', (text, address) => {
  expect(addressOf({ ip: text, socket: { remoteAddress: '127.0.0.1' } })).toBe(address);
});

it('S2: a client without an address is local', () => {
  expect(addressOf({ socket: {} })).toBe('local');
});
