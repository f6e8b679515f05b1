import { problem } from './test/fetch.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { expectNothing, expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { until } from './test/until.js';
import type { TaskPilotChat } from './taskpilot-chat.js';

const jwtOf = (sub: string): string => `e30.${btoa(JSON.stringify({ iss: 'i', sub }))}.s`;

describe('What the browser keeps', () => {
  const page = usePage();
  /** A chat in the thread thr_1, as the visitor has left it. */
  const leave = async (chat: TaskPilotChat): Promise<void> => {
    await chat.setComposer('Draft');
    chatKitOf(chat).emit('chatkit.thread.change', { threadId: 'thr_1' });
    chat.remove();
  };

  for (const [title, become] of [
    ['a JWT', (chat: TaskPilotChat, who: string) => (chat.getAuthToken = () => jwtOf(who))],
    ['user', (chat: TaskPilotChat, who: string) => (chat.user = who)],
  ] as const) {
    it(`W2: belongs to the user of ${title}: the next one starts clean`, async () => {
      const ann = await page.place();
      become(ann, 'ann@example.com');
      await leave(ann);
      const again = await page.place();
      become(again, 'ann@example.com');
      await again.setComposer('Draft');
      expect(chatKitOf(again).options.initialThread).to.equal('thr_1');
      expect(page.endpoint.requests).to.have.length(1);
      again.remove();
      expect(Object.values(sessionStorage).join()).not.to.contain('ann');
      const bob = await page.place();
      become(bob, 'bob');
      await bob.setComposer('Draft');
      expect(chatKitOf(bob).options.initialThread ?? null).to.equal(null);
      expect(page.endpoint.requests).to.have.length(2);
    });
  }

  it('W2: is not shown any more when another user is named on the same page', async () => {
    const chat = await page.place({ user: 'ann', open: '' });
    await inState(chat, 'ready');
    chat.user = 'bob';
    await inState(chat, 'idle');
    expectNothing(chat.chatkit);
    expect(chat.open).to.equal(false);
  });

  it('W28: ends at log-out in all tabs and at the service', async () => {
    const chat = await page.place();
    await chat.setComposer('Draft');
    const heard = new Promise((resolve) => {
      const tab = new BroadcastChannel('taskpilot-chat');
      tab.onmessage = () => {
        tab.close();
        resolve(undefined);
      };
    });
    await chat.resetSession();
    await heard;
    expect(page.endpoint.deletes.map(({ url }) => url)).to.deep.equal(['/sessions/cksess_1']);
    await chat.setComposer('Draft');
    new BroadcastChannel('taskpilot-chat').postMessage(null);
    await inState(chat, 'idle');
    expectNothing(chat.chatkit);
  });

  it('W34: a conversation stays when its session cannot be renewed, and recovers', async () => {
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    const { chatkit } = chat;
    page.shortenTimers(100, 1999);
    page.endpoint.next.push(...Array.from({ length: 3 }, () => problem(503, { retryable: true })));
    const secret = chatKitOf(chat).ask('ek_1');
    const notice = () => chat.shadowRoot?.querySelector('.notice');
    await until(notice, () => 'no notice');
    expect(chat.state).to.equal('ready');
    window.dispatchEvent(new Event('online'));
    expect(await secret).to.match(/^ek_/);
    await chat.updateComplete;
    expectNothing(notice());
    expectSame(chat.chatkit, chatkit);
    expect(page.lines).to.have.length(1);
  });

  it('W20: says nothing after pagehide', async () => {
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    window.dispatchEvent(new Event('pagehide'));
    chatKitOf(chat).emit('chatkit.error', { error: new Error('aborted') });
    expect(page.lines).to.deep.equal([]);
    window.dispatchEvent(new Event('pageshow'));
  });
});
