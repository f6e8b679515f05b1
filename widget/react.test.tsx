import { createRef, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
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

  it('renders on a server', () => {
    expect(renderToString(<TaskPilotChat label="Help" />)).to.match(/^<taskpilot-chat/);
  });
});
