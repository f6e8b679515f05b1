import { createRef, StrictMode } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { TaskPilotChat, type TaskPilotChatProps } from './react.js';
import type { TaskPilotChat as TaskPilotChatElement } from './taskpilot-chat.js';
import { chatKit, chatKitSrc } from './test/chatkit.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { expectSame } from './test/same.js';
import { expect } from './test/testing.js';
import { until } from './test/until.js';

describe('The React component', () => {
  let root: Root;
  let box: HTMLElement;

  // Before the page is cleared.
  afterEach(() => root.unmount());
  const page = usePage();

  beforeEach(() => {
    box = page.add('<div></div>');
    root = createRoot(box);
  });
  const render = async (props: TaskPilotChatProps): Promise<TaskPilotChatElement> => {
    const ref = createRef<TaskPilotChatElement>();
    root.render(
      <StrictMode>
        <TaskPilotChat ref={ref} chatkitSrc={chatKitSrc} sessionEndpoint="/sessions" {...props} />
      </StrictMode>,
    );
    await until(
      () => ref.current?.chatkitSrc,
      () => 'not rendered',
    );
    const chat = box.querySelector('taskpilot-chat');
    if (!chat) throw new Error('no element');
    expectSame(ref.current, chat);
    return chat;
  };

  it('passes its props on, and hears the events', async () => {
    const heard: string[] = [];
    const chat = await render({
      label: 'Help',
      history: true,
      retry: true,
      options: { startScreen: { greeting: 'Hello' } },
      getAuthToken: () => 'jwt',
      onOpen: () => heard.push('open'),
      onClose: () => heard.push('close'),
      onState: ({ detail }) => heard.push(detail.state),
      onReady: () => heard.push('ready!'),
      onSession: ({ detail }) => heard.push(detail.session_id),
      onUnread: ({ detail }) => heard.push(`unread ${detail.count}`),
      onError: ({ detail }) => heard.push(detail.error.code),
      onChatKitThreadChange: ({ detail }) => heard.push(`thread ${detail.threadId ?? ''}`),
    });
    await chat.sendMessage('Hello');
    expect(chatKitOf(chat).calls).to.deep.equal([['sendUserMessage', { text: 'Hello' }]]);
    const { history, startScreen, threadItemActions, frameTitle } = chatKitOf(chat).options;
    expect({ history, startScreen, threadItemActions, frameTitle }).to.deep.equal({
      history: { enabled: true },
      startScreen: { greeting: 'Hello' },
      threadItemActions: { retry: true },
      frameTitle: 'Help',
    });
    chatKitOf(chat).emit('chatkit.thread.change', { threadId: 'thr_1' });
    chatKitOf(chat).emit('chatkit.error', { error: new Error('oh') });
    chat.hide();
    chatKitOf(chat).emit('chatkit.response.end');
    expect(heard).to.deep.equal([
      'open',
      'loading',
      'cksess_1',
      'ready',
      'ready!',
      'thread thr_1',
      'chatkit_error',
      'close',
      'unread 1',
    ]);
    expect(page.endpoint.requests[0]?.headers.get('authorization')).to.equal('Bearer jwt');
    expect(typeof chat.retry).to.equal('function');
  });

  it('opens and closes by a prop', async () => {
    const chat = await render({ open: true });
    await inState(chat, 'ready');
    await render({ open: false });
    await until(
      () => !chat.open,
      () => 'still open',
    );
  });

  it('does not start anew when only closures differ from one rendering to the next', async () => {
    const chat = await render({ open: true, getAuthToken: () => 'one' });
    await inState(chat, 'ready');
    await render({ open: true, getAuthToken: () => 'two' });
    await chat.updateComplete;
    expect(chat.state).to.equal('ready');
    expect(chatKit.elements).to.have.length(1);
  });

  it('forgets a prop that is not given any more', async () => {
    const chat = await render({ label: 'Help' });
    await render({});
    await until(
      () => chat.label === undefined,
      () => 'still there',
    );
  });

  it('W15: renders its props as attributes on a server', () => {
    const html = renderToString(
      <TaskPilotChat
        className="chat"
        layout="inline"
        label="Help"
        sessionEndpoint="/sessions"
        launcherLabel="Ask us"
        history
        feedback={false}
        retry
        chatkitSrc={chatKitSrc}
        getAuthToken={() => 'jwt'}
        options={{}}
        onReady={() => undefined}
      />,
    );
    expect(html).to.equal(
      '<taskpilot-chat class="chat" layout="inline" label="Help" session-endpoint="/sessions" launcher-label="Ask us" history="" retry="" defer-hydration=""></taskpilot-chat>',
    );
  });

  it('W15: starts nothing before it is hydrated, and then with all its props', async () => {
    const heard: string[] = [];
    const chat = (
      <StrictMode>
        <TaskPilotChat
          open
          preload="eager"
          label="Help"
          sessionEndpoint="/sessions"
          chatkitSrc={chatKitSrc}
          getAuthToken={() => 'jwt'}
          onOpen={() => heard.push('open')}
          onReady={() => heard.push('ready')}
        />
      </StrictMode>
    );
    root.unmount();
    box.innerHTML = renderToString(chat);
    const element = box.querySelector('taskpilot-chat');
    if (!element) throw new Error('no element');
    // WebKit has no requestIdleCallback.
    const { requestIdleCallback = setTimeout } = window as Partial<Window>;
    await new Promise((resolve) => requestIdleCallback(resolve));
    expect(element.shadowRoot).to.equal(null);
    expect(page.endpoint.requests).to.have.length(0);

    const faults: unknown[][] = [];
    const { error } = console;
    console.error = (...line: unknown[]) => faults.push(line);
    root = hydrateRoot(box, chat);
    await until(
      () => heard.includes('ready'),
      () => `${element.state} ${String(element.error)}`,
    );
    console.error = error;
    expect(faults).to.deep.equal([]);
    expect(heard).to.deep.equal(['open', 'ready']);
    expectSame(box.querySelector('taskpilot-chat'), element);
    expect(element.hasAttribute('defer-hydration')).to.equal(false);
    expect(page.endpoint.requests.map(({ headers }) => headers.get('authorization'))).to.deep.equal(
      ['Bearer jwt'],
    );
    expect(chatKit.elements).to.have.length(1);
  });

  it('takes arrays, texts and nothing for the same prop', async () => {
    const chat = await render({ prompts: '["a"]', thread: 'thr_1' });
    expect([chat.prompts, chat.thread]).to.deep.equal(['["a"]', 'thr_1']);
    await render({ prompts: ['b', 'c'], thread: null });
    await until(
      () => Array.isArray(chat.prompts),
      () => JSON.stringify(chat.prompts),
    );
    expect([chat.prompts, chat.thread]).to.deep.equal([['b', 'c'], undefined]);
    await render({});
    await until(
      () => chat.prompts === undefined,
      () => JSON.stringify(chat.prompts),
    );
  });
});
