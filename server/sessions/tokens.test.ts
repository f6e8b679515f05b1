import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { SessionTokens } from './tokens.js';

const secret = 'a-secret-of-at-least-32-characters-0';
const start = Date.UTC(2026, 11, 1);

function setUp(over: { secrets?: readonly string[]; ttlSeconds?: number } = {}) {
  const clock = { now: start };
  const tokens = new SessionTokens({
    secrets: [secret],
    ttlSeconds: 600,
    ...over,
    now: () => clock.now,
  });
  return { clock, tokens };
}

describe('SessionTokens', () => {
  it('stand for one user and session, on every instance that knows the secret', async () => {
    const { token, sessionId } = await setUp().tokens.issue('ada');
    const claims = await setUp().tokens.verify(token);
    expect(claims).toEqual({ user: 'ada', sessionId, app: {}, expiresAt: start / 1000 + 600 });
    expect(sessionId).toMatch(/^cksess_[0-9a-f]{32}$/);
  });

  it('end', async () => {
    const { clock, tokens } = setUp({ ttlSeconds: 2 });
    const { token } = await tokens.issue('ada');
    clock.now += 1999;
    expect(await tokens.verify(token)).not.toBeNull();
    clock.now += 1;
    expect(await tokens.verify(token)).toBeNull();
  });

  it('of another secret are worth nothing', async () => {
    const { token } = await setUp({
      secrets: ['another-secret-of-32-characters-abc'],
    }).tokens.issue('ada');
    expect(await setUp().tokens.verify(token)).toBeNull();
  });

  it('go on when a new secret signs and the old one is still accepted', async () => {
    const { token } = await setUp().tokens.issue('ann');
    const { tokens } = setUp({ secrets: ['a-new-secret-of-32-characters-abcdef', secret] });
    expect(await tokens.verify(token)).toMatchObject({ user: 'ann' });
    expect(await setUp().tokens.verify((await tokens.issue('ann')).token)).toBeNull();
  });

  it('cannot be made from SESSION_SECRET itself, as a user token with a shared secret is', async () => {
    const forged = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ada')
      .setJti('cksess_x')
      .setIssuer('taskpilot-chat')
      .setAudience('chatkit')
      .setExpirationTime(start / 1000 + 600)
      .sign(new TextEncoder().encode(secret));
    expect(await setUp().tokens.verify(forged)).toBeNull();
  });

  it.each(['', 'x', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.'])(
    'are not “%s”',
    async (token) => {
      expect(await setUp().tokens.verify(token)).toBeNull();
    },
  );
});
