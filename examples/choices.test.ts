import { describe, expect, it } from 'vitest';
import type { Sandbox } from '@taskpilot-chat/sandbox';
import { readConfig } from '@taskpilot-chat/server';
import { allChoices, configOf, prefixOf, readChoice, type Choice } from './choices.js';

const sandbox: Sandbox = {
  url: 'http://localhost:4000',
  apiKey: 'sk-sandbox',
  base: (scenario = 'ok') => ({ chatkitSrc: '', apiBaseUrl: `http://localhost:4000/${scenario}` }),
  requests: [],
  close: () => Promise.resolve(),
};
const config = readConfig({ OPENAI_API_KEY: 'sk-real' });

describe('What can be chosen on the demo', () => {
  it('has an address of its own for each choice, and the plain one for none', () => {
    const prefixes = allChoices(sandbox).map(prefixOf);
    expect(prefixes[0]).toBe('');
    expect(prefixes).toContain('/scenarios/slow');
    expect(prefixes).toContain('/backends/self-hosted');
    expect(prefixes).toContain('/backends/hosted/scenarios/session-404');
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });

  it('has no scenarios when OpenAI answers', () => {
    expect(allChoices(null).map(prefixOf)).toEqual([
      '',
      '/backends/hosted',
      '/backends/self-hosted',
      '/board',
      '/board/backends/self-hosted',
    ]);
    expect(readChoice({ backend: 'hosted', scenario: 'slow' }, null)).toEqual({
      backend: 'hosted',
      scenario: null,
      board: false,
    });
  });

  it('reads an address, and takes what is unknown or empty for nothing chosen', () => {
    expect(readChoice({ backend: 'self-hosted', scenario: 'slow' }, sandbox)).toEqual({
      backend: 'self-hosted',
      scenario: 'slow',
      board: false,
    });
    expect(readChoice({ backend: '', scenario: 'none' }, sandbox)).toEqual({
      backend: null,
      scenario: null,
      board: false,
    });
    expect(prefixOf(readChoice({}, sandbox, true))).toBe('/board');
    expect(prefixOf(readChoice({ backend: 'hosted' }, sandbox, true))).toBe('/backends/hosted');
  });

  it('changes the configuration as little as that', () => {
    const none = { backend: null, scenario: null, board: false };
    const change = (by: Sandbox | null, choice: Partial<Choice>, of = config) =>
      configOf(of, by, { ...none, ...choice }, '/task-agent.mjs');
    expect(change(null, {})).toEqual(config);
    expect(change(sandbox, {})).toEqual({
      ...config,
      openai: { ...config.openai, apiKey: 'sk-sandbox', baseUrl: 'http://localhost:4000/ok' },
    });
    expect(change(null, { backend: 'self-hosted' })).toEqual({
      ...config,
      backends: ['self-hosted'],
    });
    expect(change(sandbox, { backend: 'hosted', scenario: 'workflow-gone' })).toMatchObject({
      backends: ['hosted'],
      openai: { baseUrl: 'http://localhost:4000/workflow-gone' },
    });
    expect(change(null, { board: true }).agent.module).toBe('/task-agent.mjs');
    const own = readConfig({ AGENT_MODULE: '/own.mjs' });
    expect(change(null, { board: true }, own).agent.module).toBe('/own.mjs');
  });
});
