import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LightMyRequestResponse } from 'fastify';
import { useHarness, type TestService } from '../test/harness.js';
import { sessionsPath } from '../sessions/routes.js';

const harness = useHarness();

const asHeader = { AUTH: 'header', AUTH_HEADER: 'x-user', TRUST_PROXY: 'loopback' };

async function setUp(env: Readonly<Record<string, string>>) {
  return harness.service(env, { upstream: await harness.openAI() });
}

const cookieOf = (response: LightMyRequestResponse) =>
  String(response.headers['set-cookie']).split(';')[0] ?? '';

/** So many sessions, one after the other; their statuses, counted. */
async function openMany(
  service: TestService,
  count: number,
  headers: () => Record<string, string>,
) {
  const statuses: Record<number, number> = {};
  for (let index = 0; index < count; index++) {
    const { statusCode } = await service.open(headers());
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
  }
  return statuses;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('The limit', () => {
  it('Edge: many rapid requests: a user has so many sessions a minute, then 429 with retry-after', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const service = await setUp({ ...asHeader, RATE_LIMIT_PER_MINUTE: '3' });
    const ann = () => ({ 'x-user': 'ann' });
    expect(await openMany(service, 3, ann)).toEqual({ 200: 3 });
    vi.setSystemTime(Date.now() + 20_000);
    const response = await service.open(ann());
    expect(response.statusCode).toBe(429);
    expect(response.json()).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(response.headers['retry-after']).toBe('40');
    expect((await service.open({ 'x-user': 'bob' })).statusCode).toBe(200);
    vi.setSystemTime(Date.now() + 40_000);
    expect((await service.open(ann())).statusCode).toBe(200);
  });

  it('cannot be escaped by throwing the cookie away', async () => {
    const service = await setUp({ RATE_LIMIT_PER_MINUTE: '3' });
    expect(await openMany(service, 5, () => ({}))).toEqual({ 200: 3, 429: 2 });
    const forged = () => ({ cookie: `__Host-taskpilot-visitor=${Math.random()}.forged` });
    expect(await openMany(service, 2, forged)).toEqual({ 429: 2 });
  });

  it('lets known visitors of the same address go on', async () => {
    const service = await setUp({ RATE_LIMIT_PER_MINUTE: '2' });
    const known = cookieOf(await service.open());
    expect(await openMany(service, 3, () => ({}))).toEqual({ 200: 1, 429: 2 });
    expect(await openMany(service, 3, () => ({ cookie: known }))).toEqual({ 200: 2, 429: 1 });
  });

  it('of an address is ten times that of a user, whoever they are', async () => {
    const service = await setUp({ ...asHeader, RATE_LIMIT_PER_MINUTE: '2' });
    let next = 0;
    const somebodyAt = (address: string) => () => ({
      'x-user': `user ${next++}`,
      'x-forwarded-for': address,
    });
    expect(await openMany(service, 21, somebodyAt('192.0.2.1'))).toEqual({ 200: 20, 429: 1 });
    expect(await openMany(service, 1, somebodyAt('192.0.2.2'))).toEqual({ 200: 1 });
  });

  it('counts a whole /64 of IPv6 as one address', async () => {
    const service = await setUp({ TRUST_PROXY: 'true', RATE_LIMIT_PER_MINUTE: '2' });
    let host = 1;
    const somewhere = () => ({ 'x-forwarded-for': `2001:db8:0:1::${(host++).toString(16)}` });
    expect(await openMany(service, 4, somewhere)).toEqual({ 200: 2, 429: 2 });
    const elsewhere = () => ({ 'x-forwarded-for': '2001:db8:0:2::1' });
    expect(await openMany(service, 1, elsewhere)).toEqual({ 200: 1 });
  });

  it('of one user does not use up what their address may', async () => {
    const service = await setUp({ ...asHeader, RATE_LIMIT_PER_MINUTE: '2' });
    await openMany(service, 40, () => ({ 'x-user': 'ann' }));
    expect((await service.open({ 'x-user': 'bob' })).statusCode).toBe(200);
  });

  it('does not believe what clients say of their address', async () => {
    const service = await setUp({ RATE_LIMIT_PER_MINUTE: '2' });
    let next = 1;
    const liar = () => ({ 'x-forwarded-for': `192.0.2.${next++}` });
    expect(await openMany(service, 4, liar)).toEqual({ 200: 2, 429: 2 });
  });

  it('holds for the ending of sessions, apart from their opening', async () => {
    const service = await setUp({ ...asHeader, RATE_LIMIT_PER_MINUTE: '2' });
    const headers = { 'x-user': 'ann' };
    expect(await openMany(service, 3, () => headers)).toEqual({ 200: 2, 429: 1 });
    const end = async (id: string) => {
      const url = `${sessionsPath}/${id}`;
      return (await service.inject({ method: 'DELETE', url, headers })).statusCode;
    };
    expect([await end('cksess_1'), await end('nobodys'), await end('cksess_2')]).toEqual([
      204, 404, 429,
    ]);
  });
});
