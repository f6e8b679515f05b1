import { describe, expect, it } from 'vitest';
import { Bridge, type BridgeOptions } from './bridge.js';

const pageOrigin = 'https://page.example';
const frameOrigin = 'https://frame.example';

/** As much of a window as messages need: each posting arrives at the other side in a later turn. */
class FakeWindow extends EventTarget {
  readonly sent: { data: unknown; targetOrigin: string }[] = [];
  /** Who posts to this window, and from where. */
  sender: { source: unknown; origin: string } | null = null;

  postMessage(data: unknown, targetOrigin: string): void {
    this.sent.push({ data, targetOrigin });
    const copy: unknown = structuredClone(data);
    queueMicrotask(() => this.receive(copy, this.sender?.source, this.sender?.origin));
  }

  receive(data: unknown, source: unknown, origin: unknown): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data, source, origin }));
  }
}

function pair(handlers: Partial<Pick<BridgeOptions, 'onCall' | 'onNotice'>> = {}) {
  const page = new FakeWindow();
  const frame = new FakeWindow();
  frame.sender = { source: page, origin: pageOrigin };
  page.sender = { source: frame, origin: frameOrigin };
  const { onCall = () => undefined, onNotice = () => undefined } = handlers;
  const at = (own: FakeWindow, peer: FakeWindow, peerOrigin: string) =>
    new Bridge({
      own: own as unknown as Window,
      peer: () => peer as unknown as Window,
      peerOrigin,
      onCall,
      onNotice,
    });
  return {
    page,
    frame,
    inPage: at(page, frame, frameOrigin),
    inFrame: at(frame, page, pageOrigin),
  };
}

describe('The bridge', () => {
  it('calls by name, and brings the result back', async () => {
    const { inFrame } = pair({ onCall: (name, args) => Promise.resolve([name, ...args]) });
    expect(await inFrame.call('function', 'api.fetch', 1)).toEqual(['function', 'api.fetch', 1]);
  });

  it('brings failures back as errors', async () => {
    const { inPage } = pair({
      onCall: () => {
        throw new TypeError('no such thing');
      },
    });
    await expect(inPage.call('nonsense')).rejects.toThrow('no such thing');
  });

  it('keeps the answers of calls apart', async () => {
    const { inFrame } = pair({ onCall: (name) => Promise.resolve(name) });
    expect(await Promise.all([inFrame.call('a'), inFrame.call('b')])).toEqual(['a', 'b']);
  });

  it('refuses at once what cannot be sent', async () => {
    const { inPage } = pair();
    await expect(inPage.call('send', () => undefined)).rejects.toThrow(TypeError);
  });

  it('marks each message, and addresses it to the other side’s origin only', async () => {
    const { page, frame, inPage } = pair();
    await inPage.call('x');
    expect(frame.sent).toHaveLength(1);
    expect(frame.sent[0]?.targetOrigin).toBe(frameOrigin);
    expect(page.sent[0]?.targetOrigin).toBe(pageOrigin);
    expect(frame.sent[0]?.data).toMatchObject({ __oaiChatKit: true, type: 'call', name: 'x' });
  });

  it('hears only the other side, at its origin, with the mark', () => {
    const heard: string[] = [];
    const { page, frame } = pair({ onNotice: (name) => heard.push(name) });
    const notice = (name: string) => ({ __oaiChatKit: true, type: 'notice', name, detail: null });
    frame.receive(notice('right'), page, pageOrigin);
    frame.receive(notice('other origin'), page, 'https://evil.example');
    frame.receive(notice('other window'), new FakeWindow(), pageOrigin);
    frame.receive(notice('no window'), null, pageOrigin);
    frame.receive({ ...notice('no mark'), __oaiChatKit: undefined }, page, pageOrigin);
    frame.receive('text', page, pageOrigin);
    frame.receive(null, page, pageOrigin);
    expect(heard).toEqual(['right']);
  });

  it('hears nothing any more when it is closed', () => {
    const heard: string[] = [];
    const { page, frame, inFrame } = pair({ onNotice: (name) => heard.push(name) });
    inFrame.close();
    frame.receive({ __oaiChatKit: true, type: 'notice', name: 'x' }, page, pageOrigin);
    expect(heard).toEqual([]);
  });
});
