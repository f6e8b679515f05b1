import { once } from 'node:events';
import { request } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { failing, hanging, hangingInBody, ok } from '../test/fake-openai.js';
import { eventually, useHarness } from '../test/harness.js';
import { sessionsPath } from './routes.js';

const harness = useHarness();

/** A visitor who asks for a session and can walk away. */
function visit(port: number, method = 'POST', path = sessionsPath) {
  const headers = method === 'POST' ? { 'content-type': 'application/json' } : {};
  const asking = request({ port, host: '127.0.0.1', path, method, headers });
  asking.on('error', () => undefined);
  const status = new Promise<number | undefined>((resolve) => {
    asking.on('response', (response) => resolve(response.resume().statusCode));
  });
  asking.end(method === 'POST' ? '{}' : undefined);
  return { leave: () => asking.destroy(), status };
}

const outcome = (code: string) => `taskpilot_sessions_total{outcome="${code}"} 1`;

describe('A caller who goes away', () => {
  it.each([
    ['before OpenAI answers', hanging],
    ['while OpenAI answers', hangingInBody],
  ])('%s takes the call to OpenAI along', async (_, behaviour) => {
    const upstream = await harness.openAI();
    upstream.behave(behaviour);
    const service = await harness.service({}, { upstream });
    const visitor = visit(await service.listen());
    await eventually(() => expect(upstream.calls).toHaveLength(1));
    visitor.leave();
    await eventually(() => expect(upstream.givenUp).toBe(1));
    await eventually(async () => {
      const { payload } = await service.inject('/metrics');
      expect(payload).toContain(outcome('aborted'));
      expect(payload).toContain('taskpilot_sessions_in_flight 0');
    });
    expect(service.logs.join('')).not.toContain('"level":50');
  });

  it('ends the waiting for another try', async () => {
    const upstream = await harness.openAI();
    upstream.behave(failing(500));
    let waiting: AbortSignal | undefined;
    const sleep = (_: number, signal: AbortSignal) => {
      waiting = signal;
      return once(signal, 'abort').then(() => signal.throwIfAborted());
    };
    const service = await harness.service({}, { upstream, sleep });
    const visitor = visit(await service.listen());
    await eventually(() => expect(waiting).toBeDefined());
    visitor.leave();
    await eventually(() => expect(waiting?.aborted).toBe(true));
    await eventually(async () => {
      expect((await service.inject('/metrics')).payload).toContain(outcome('aborted'));
    });
    expect(upstream.calls).toHaveLength(1);
  });

  it('gives up the place in the queue for a connection', async () => {
    const upstream = await harness.openAI();
    upstream.behave(hanging);
    const service = await harness.service({ RATE_LIMIT_PER_MINUTE: '1000' }, { upstream });
    const port = await service.listen();
    const others = Array.from({ length: 128 }, () => visit(port));
    await eventually(() => expect(upstream.calls).toHaveLength(128));
    const last = visit(port);
    await eventually(async () => {
      expect((await service.inject('/metrics')).payload).toContain('_in_flight 129');
    });
    last.leave();
    await eventually(async () => {
      expect((await service.inject('/metrics')).payload).toContain('_in_flight 128');
    });
    for (const other of others) other.leave();
    await eventually(() => expect(upstream.givenUp).toBe(128));
    expect(upstream.calls).toHaveLength(128);
  });

  it('before it is known who is asking costs no call', async () => {
    const upstream = await harness.openAI();
    let known: (() => void) | undefined;
    const authenticate = async (asking: FastifyRequest) => {
      if (asking.method === 'DELETE') await new Promise<void>((resolve) => (known = resolve));
      return { user: 'ann' };
    };
    const service = await harness.service({}, { upstream, authenticator: { authenticate } });
    const port = await service.listen();
    const { session_id } = (await service.open()).json<{ session_id: string }>();
    const closed = new Promise<void>((resolve) => {
      service.app.server.on('connection', (socket) => socket.once('close', () => resolve()));
    });
    const visitor = visit(port, 'DELETE', `${sessionsPath}/${session_id}`);
    await eventually(() => expect(known).toBeDefined());
    visitor.leave();
    await closed;
    known?.();
    await eventually(() => expect(service.logs.join('')).toContain('went away'));
    expect(upstream.calls.map(({ path }) => path)).toEqual(['/v1/chatkit/sessions']);
  });

  it('does no harm to those who stay', async () => {
    const upstream = await harness.openAI();
    upstream.behave(hanging, ok());
    const service = await harness.service({}, { upstream });
    const port = await service.listen();
    const impatient = visit(port);
    await eventually(() => expect(upstream.calls).toHaveLength(1));
    impatient.leave();
    expect(await visit(port).status).toBe(200);
  });
});
