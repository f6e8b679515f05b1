import { expect } from './test/testing.js';
import { errorCodes, TaskPilotChatError, toChatError } from './errors.js';
import { errorSentence } from './strings/index.js';
import { strings as ar } from './strings/ar.js';
import { en } from './strings/en.js';

/** Pages compare against these: a code may be added, never changed. */
const pinned = [
  'script_blocked',
  'script_timeout',
  'chatkit_timeout',
  'chatkit_error',
  'session_unauthenticated',
  'session_forbidden',
  'session_rate_limited',
  'session_unavailable',
  'session_invalid_response',
  'session_timeout',
  'offline',
  'invalid_options',
  'insecure_context',
] as const;

describe('The errors', () => {
  it('have the codes that pages rely on', () => {
    expect([...errorCodes].sort()).to.deep.equal([...pinned].sort());
  });

  it('FR-010: each tells the developer what happened, and the visitor one friendly sentence', () => {
    for (const code of errorCodes) {
      const { message } = new TaskPilotChatError(code);
      expect(message, code).to.match(/\w+ \w+/);
      for (const strings of [en, { ...en, ...ar }]) {
        const sentence = errorSentence(new TaskPilotChatError(code), strings, 'en');
        expect(sentence, code).to.match(/^\S.+\.$/s);
        expect(sentence, code).not.to.match(/\d|_|error|failed|OpenAI|ChatKit/i);
      }
    }
  });

  it('name what helps: the directive, the list, the attribute, the function', () => {
    const said = (code: (typeof pinned)[number]) => new TaskPilotChatError(code).message;
    expect(said('script_blocked')).to.contain('script-src').and.to.contain('chatkit-src');
    expect(said('chatkit_timeout')).to.contain('domain allowlist').and.to.contain('frame-src');
    expect(said('session_unauthenticated')).to.contain('getAuthToken');
    expect(said('session_forbidden')).to.contain('ALLOWED_ORIGINS');
    // A browser hides the refusal of another origin's page.
    expect(said('session_unavailable')).to.contain('connect-src').and.to.contain('ALLOWED_ORIGINS');
    expect(said('session_invalid_response')).to.contain('session-endpoint');
    expect(said('insecure_context')).to.contain('https');
  });

  it('can be tried again, but for those that only a change can mend', () => {
    const lasting = errorCodes.filter((code) => !new TaskPilotChatError(code).retryable);
    expect(lasting.sort()).to.deep.equal([
      'insecure_context',
      'invalid_options',
      'session_forbidden',
      'session_invalid_response',
      'session_unauthenticated',
    ]);
    expect(new TaskPilotChatError('session_forbidden', { retryable: true }).retryable).to.equal(
      true,
    );
  });

  it('carry what is known of the failed request', () => {
    const cause = new TypeError('Failed to fetch');
    const error = new TaskPilotChatError('session_unavailable', {
      detail: '503 overloaded',
      status: 503,
      requestId: 'req_1',
      retryAfterSeconds: 3,
      cause,
    });
    expect(error).to.be.instanceOf(Error);
    expect(error).to.include({ status: 503, requestId: 'req_1', retryAfterSeconds: 3, cause });
    expect(error.name).to.equal('TaskPilotChatError');
    expect(error.message).to.contain('503 overloaded').and.to.contain('req_1');
  });

  it('keep their code when they are passed on, and give one to what has none', () => {
    const offline = new TaskPilotChatError('offline');
    expect(toChatError(offline, 'chatkit_error')).to.equal(offline);
    const cause = new Error('boom');
    expect(toChatError(cause, 'chatkit_error')).to.include({ code: 'chatkit_error', cause });
  });
});
