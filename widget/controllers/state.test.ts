import { expect } from '../test/testing.js';
import { nextState, type ChatState } from './state.js';
import { TaskPilotChatError, type TaskPilotChatErrorCode } from '../errors.js';

const idle: ChatState = { kind: 'idle' };
const loading: ChatState = { kind: 'loading' };
const ready: ChatState = { kind: 'ready' };
const failed = (code: TaskPilotChatErrorCode): ChatState => ({
  kind: 'error',
  error: new TaskPilotChatError(code),
});

describe('nextState', () => {
  it('leads from idle through loading to ready, and back to idle', () => {
    expect(nextState(idle, loading)).to.equal(loading);
    expect(nextState(loading, ready)).to.equal(ready);
    expect(nextState(ready, idle)).to.equal(idle);
  });

  it('stays the same object when nothing changes', () => {
    expect(nextState(loading, { kind: 'loading' })).to.equal(loading);
    expect(nextState(idle, { kind: 'idle' })).to.equal(idle);
  });

  it('fails while it loads and when it is ready, and can start anew', () => {
    const error = failed('session_timeout');
    expect(nextState(loading, error)).to.equal(error);
    expect(nextState(ready, error)).to.equal(error);
    expect(nextState(error, loading)).to.equal(loading);
  });

  it('does not come back from idle when a stopped attempt ends', () => {
    expect(nextState(idle, ready)).to.equal(idle);
    expect(nextState(idle, failed('session_timeout'))).to.equal(idle);
  });

  it('takes a frame that comes late, but no other late success', () => {
    expect(nextState(failed('chatkit_timeout'), ready)).to.equal(ready);
    const forbidden = failed('session_forbidden');
    expect(nextState(forbidden, ready)).to.equal(forbidden);
  });

  it('keeps the first failure', () => {
    const first = failed('session_timeout');
    expect(nextState(first, failed('chatkit_timeout'))).to.equal(first);
  });
});
