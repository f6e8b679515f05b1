import { describe, expect, it } from 'vitest';
import { greeting, parseSandboxArguments, UsageError } from './cli.js';

describe('parseSandboxArguments', () => {
  it('has defaults', () => {
    expect(parseSandboxArguments([])).toEqual({
      port: 4000,
      host: 'localhost',
      scenario: 'ok',
      workflowIds: [],
    });
  });

  it('takes every option', () => {
    const args = '--port 0 --host 127.0.0.1 --scenario slow --workflow wf_a --workflow wf_b';
    expect(parseSandboxArguments(args.split(' '))).toEqual({
      port: 0,
      host: '127.0.0.1',
      scenario: 'slow',
      workflowIds: ['wf_a', 'wf_b'],
    });
  });

  it.each([
    ['--port', '-1'],
    ['--port', '65536'],
    ['--port', '4e3'],
    ['--scenario', 'sunshine'],
    ['--verbose'],
    ['more'],
  ])('refuses %s %s', (...args) => {
    expect(() => parseSandboxArguments(args)).toThrow(UsageError);
  });
});

describe('greeting', () => {
  it('has what service and page are to be told', () => {
    const text = greeting({
      url: 'http://localhost:4000',
      apiKey: 'sk-sandbox',
      base: (scenario) => ({
        apiBaseUrl: `http://localhost:4000/${scenario ?? ''}/v1`,
        chatkitSrc: 'http://localhost:4000/chatkit.js',
      }),
      requests: [],
      close: () => Promise.resolve(),
    });
    expect(text).toContain('Local sandbox, not OpenAI');
    expect(text).toContain('OPENAI_BASE_URL=http://localhost:4000//v1 OPENAI_API_KEY=sk-sandbox');
    expect(text).toContain('data-chatkit-src="http://localhost:4000/chatkit.js"');
  });
});
