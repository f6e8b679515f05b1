import { describe, expect, it } from 'vitest';
import { readConfig } from '../config.js';
import { variables } from '../variables.js';
import { banner, baseUrlOf, scriptTag } from './banner.js';
import { usage } from './usage.js';
import { variableGroups } from './variable-groups.js';

describe('usage', () => {
  it('of serve names every variable once, in groups, and what it takes', () => {
    const text = usage.serve();
    for (const [name, { takes }] of Object.entries(variables)) {
      expect(text.match(new RegExp(`^  ${name} `, 'gm')), name).toHaveLength(1);
      expect(text).toContain(takes);
    }
    expect(text).not.toMatch(/undefined|\[object/);
    expect(Object.values(variableGroups).flat().sort()).toEqual(Object.keys(variables).sort());
  });
});

describe('banner', () => {
  const secrets = {
    OPENAI_API_KEY: 'sk-not-to-be-shown',
    SESSION_SECRET: 'not-to-be-shown-0123456789abcdef',
    METRICS_TOKEN: 'token-not-to-be-shown',
    DATABASE_URL: 'postgres://user:hunter2@db.example/chat',
    REDIS_URL: 'redis://:hunter2@redis.example',
    CHATKIT_WORKFLOW_ID: 'wf_not_to_be_shown',
  };

  it('has the address, the tag to paste, backends, storage and what is missing', () => {
    const text = banner(readConfig({}), 3456, ['OPENAI_API_KEY is not set: …']);
    expect(text).toContain('http://localhost:3456\n');
    expect(text).toContain(
      '<script src="http://localhost:3456/taskpilot-chat.js" async data-session-endpoint="http://localhost:3456/api/chatkit/sessions"></script>',
    );
    expect(text).toMatch(/Mode +development/);
    expect(text).toMatch(/Backends +hosted, then self-hosted/);
    expect(text).toMatch(/Storage +embedded database in \.\/data/);
    expect(text).toMatch(/Missing:\n {2}! OPENAI_API_KEY is not set/);
  });

  it('has no secret, and nothing missing where all is set', () => {
    const text = banner(readConfig(secrets), 3000, []);
    expect(text).not.toMatch(/not.to.be.shown|hunter2|Missing/);
    expect(text).toMatch(/Storage +PostgreSQL, limits in Redis/);
  });

  it.each([
    [{}, 'http://localhost:3000'],
    [{ HOST: '0.0.0.0' }, 'http://localhost:3000'],
    [{ HOST: '10.0.0.7' }, 'http://10.0.0.7:3000'],
    [{ HOST: '::1' }, 'http://[::1]:3000'],
    [{ PUBLIC_URL: 'https://chat.example.com/assistant' }, 'https://chat.example.com/assistant'],
  ])('of %j begins addresses with %s', (env, url) => {
    expect(baseUrlOf(readConfig(env), 3000)).toBe(url);
    expect(scriptTag(url)).toContain(`src="${url}/taskpilot-chat.js"`);
  });
});
