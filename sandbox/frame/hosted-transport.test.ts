import { describe, expect, it, vi } from 'vitest';
import { defer } from './test/scripted.js';
import { HostedTransport } from './transports.js';
import { AccessError } from './transports.js';

const signal = new AbortController().signal;
const url = new URL('https://sandbox.example/v1/chatkit/conversation');

/** A server that takes one secret at a time. */
function setup(getClientSecret: (current: string | null) => Promise<unknown>) {
  let valid = 'ek_1';
  const sent: string[] = [];
  const fetch = vi.fn<typeof globalThis.fetch>((_, init) => {
    const secret = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? '';
    sent.push(secret);
    return Promise.resolve(new Response('{}', { status: secret === valid ? 200 : 401 }));
  });
  return {
    transport: new HostedTransport({ url, getClientSecret, hasClientTools: () => true, fetch }),
    fetch,
    sent,
    expire: (next: string) => {
      valid = next;
    },
  };
}

describe('HostedTransport', () => {
  it('asks for a secret with null, once for all', async () => {
    const getClientSecret = vi.fn(() => Promise.resolve('ek_1'));
    const { transport, fetch } = setup(getClientSecret);
    await transport.connect();
    const [first, second] = await Promise.all([
      transport.post('1', signal),
      transport.post('2', signal),
    ]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(getClientSecret.mock.calls).toEqual([[null]]);
    expect(fetch.mock.calls[0]?.[0]).toBe(url);
  });

  it('Edge: secret expires in mid-chat → the page is asked for a new one, the request is made again', async () => {
    const getClientSecret = vi.fn((current: string | null) =>
      Promise.resolve(current === null ? 'ek_1' : 'ek_2'),
    );
    const { transport, sent, expire } = setup(getClientSecret);
    await transport.connect();
    expire('ek_2');
    expect((await transport.post('{}', signal)).status).toBe(200);
    expect(sent).toEqual(['ek_1', 'ek_2']);
    expect(getClientSecret.mock.calls).toEqual([[null], ['ek_1']]);
  });

  it('asks once for all requests that meet the end of a secret', async () => {
    const renewed = defer<string>();
    const getClientSecret = vi.fn((current: string | null) =>
      current === null ? Promise.resolve('ek_1') : renewed.promise,
    );
    const { transport, expire } = setup(getClientSecret);
    await transport.connect();
    expire('ek_2');
    const posts = ['1', '2', '3'].map((body) => transport.post(body, signal));
    await vi.waitFor(() => expect(getClientSecret).toHaveBeenCalledTimes(2));
    renewed.resolve('ek_2');
    expect((await Promise.all(posts)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(getClientSecret).toHaveBeenCalledTimes(2);
  });

  it('makes a request again once and no more', async () => {
    const { transport, sent, expire } = setup(() => Promise.resolve('ek_1'));
    expire('ek_none');
    expect((await transport.post('{}', signal)).status).toBe(401);
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no session'))],
    ['gives nothing', () => Promise.resolve(undefined)],
    ['gives an empty text', () => Promise.resolve('')],
  ])('has no access when the page’s function %s, and asks anew the next time', async (_, fails) => {
    const getClientSecret = vi.fn<(current: string | null) => Promise<unknown>>(() =>
      Promise.resolve('ek_1'),
    );
    getClientSecret.mockImplementationOnce(fails);
    const { transport, sent } = setup(getClientSecret);
    await expect(transport.connect()).rejects.toBeInstanceOf(AccessError);
    await transport.connect();
    expect((await transport.post('{}', signal)).status).toBe(200);
    expect(sent).toEqual(['ek_1']);
    expect(getClientSecret.mock.calls).toEqual([[null], [null]]);
  });

  it('sends nothing after an abort', async () => {
    const secret = defer<string>();
    const { transport, sent } = setup(() => secret.promise);
    const controller = new AbortController();
    const post = transport.post('{}', controller.signal);
    controller.abort(new Error('stopped'));
    secret.resolve('ek_1');
    await expect(post).rejects.toThrow('stopped');
    expect(sent).toEqual([]);
  });
});
