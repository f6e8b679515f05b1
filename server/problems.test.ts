import { describe, expect, it } from 'vitest';
import { Problem, problemCodes, statusOf, toProblem } from './problems.js';

describe('FR-010 / SC-008: the codes of the public contract', () => {
  it('are these, with these statuses: whoever changes them breaks pages', () => {
    const table = Object.fromEntries(
      problemCodes.map((code) => [code, [statusOf(code), new Problem(code, '').retryable]]),
    );
    expect(table).toEqual({
      bad_request: [400, false],
      unauthenticated: [401, false],
      origin_not_allowed: [403, false],
      forbidden: [403, false],
      not_found: [404, false],
      method_not_allowed: [405, false],
      payload_too_large: [413, false],
      unsupported_media_type: [415, false],
      idempotency_key_reused: [422, false],
      rate_limited: [429, true],
      storage_quota_exceeded: [413, false],
      internal_error: [500, true],
      upstream_rejected: [502, false],
      workflow_unavailable: [502, false],
      upstream_invalid_response: [502, true],
      not_configured: [503, false],
      storage_unavailable: [503, true],
      upstream_unavailable: [503, true],
      overloaded: [503, true],
      upstream_timeout: [504, true],
    });
  });
});

describe('toProblem', () => {
  it.each([
    [400, 'bad_request'],
    [401, 'unauthenticated'],
    [403, 'unauthenticated'],
    [404, 'not_found'],
    [405, 'method_not_allowed'],
    [408, 'bad_request'],
    [413, 'payload_too_large'],
    [414, 'not_found'],
    [415, 'unsupported_media_type'],
    [429, 'rate_limited'],
    [500, 'internal_error'],
    [503, 'internal_error'],
  ])('of a framework’s %i is %s', (statusCode, code) => {
    const error = Object.assign(new Error('inner words'), { statusCode });
    const problem = toProblem(error);
    expect(problem.code).toBe(code);
    expect(problem.message).not.toContain('inner words');
  });

  it.each([new Error('inner words'), 'inner words', null, undefined])(
    'of what nobody expected tells nothing of it: %s',
    (error) => {
      const problem = toProblem(error);
      expect(problem.code).toBe('internal_error');
      expect(JSON.stringify(problem.body('id'))).not.toContain('inner words');
    },
  );
});
