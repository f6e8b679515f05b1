import { describe, expect, it } from 'vitest';
import { failing, ok } from '../test/fake-openai.js';
import { useHarness } from '../test/harness.js';

const harness = useHarness();

describe('/healthz', () => {
  it('tells that the process is alive, key or not', async () => {
    const service = await harness.service({ OPENAI_API_KEY: '' });
    const response = await service.inject('/healthz');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ status: 'ok' });
  });
});

describe('/readyz', () => {
  it('is green when sessions can be opened', async () => {
    const response = await (await harness.service()).inject('/readyz');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ status: 'ok' });
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('FR-009: is red without a key', async () => {
    const response = await (await harness.service({ OPENAI_API_KEY: '' })).inject('/readyz');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ status: 'not ready', reason: 'not_configured' });
    expect(response.headers['cache-control']).toBe('no-store');
  });
});

describe('/metrics', () => {
  it('counts sessions by outcome and the tries at OpenAI by status', async () => {
    const upstream = await harness.openAI();
    upstream.behave(ok(), failing(500), failing(404));
    const sleep = () => Promise.resolve();
    const service = await harness.service({}, { upstream, sleep });
    await service.open();
    await service.open();
    await service.open({ origin: 'https://evil.example' });
    const response = await service.inject('/metrics');
    expect(response.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    for (const line of [
      'taskpilot_sessions_total{outcome="ok"} 1',
      'taskpilot_sessions_total{outcome="workflow_unavailable"} 1',
      'taskpilot_sessions_total{outcome="origin_not_allowed"} 1',
      'taskpilot_sessions_in_flight 0',
      'taskpilot_upstream_seconds_count{status="ok"} 1',
      'taskpilot_upstream_seconds_count{status="500"} 1',
      'taskpilot_upstream_seconds_count{status="404"} 1',
    ]) {
      expect(response.payload).toContain(`${line}\n`);
    }
  });
});

describe('/openapi.json', () => {
  it('FR-010: has the endpoint with every failure', async () => {
    const response = await (await harness.service()).inject('/openapi.json');
    const { openapi, paths } = response.json<{
      openapi: string;
      paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>;
    }>();
    expect(openapi).toMatch(/^3\./);
    expect(Object.keys(paths)).toEqual([
      '/healthz',
      '/readyz',
      '/metrics',
      '/api/chatkit/sessions',
      '/api/chatkit/sessions/{id}',
    ]);
    const responses = paths['/api/chatkit/sessions']?.['post']?.responses ?? {};
    const described = Object.entries(responses).map(([status, { description }]) => [
      Number(status),
      description,
    ]);
    expect(described).toEqual([
      [200, 'What a page starts ChatKit with'],
      [400, 'bad_request'],
      [401, 'unauthenticated'],
      [403, 'origin_not_allowed'],
      [413, 'payload_too_large'],
      [415, 'unsupported_media_type'],
      [429, 'rate_limited'],
      [500, 'internal_error'],
      [502, 'upstream_rejected, workflow_unavailable, upstream_invalid_response'],
      [503, 'overloaded, not_configured, upstream_unavailable, storage_unavailable'],
      [504, 'upstream_timeout'],
    ]);
    expect(JSON.stringify(responses['503'])).toContain('application/problem+json');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
  });
});
