import { describe, expect, it } from 'vitest';
import {
  askSession,
  converse,
  message,
  openSession,
  testSandbox,
  workflowId,
} from './test/test-sandbox.js';

const right = { user: 'ada', workflow: { id: workflowId } };
const manyVariables = Object.fromEntries(
  Array.from({ length: 65 }, (_, index) => [`variable${index}`, index]),
);

const envelope = (message: string, param: string | null, code: string | null) => ({
  error: { message, type: 'invalid_request_error', param, code },
});

describe('The sessions API', () => {
  it('answers as OpenAI does', async () => {
    const sandbox = await testSandbox({ now: () => 1_764_000_000_500 });
    const response = await askSession(sandbox);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^cksess_\w{32}$/) as string,
      object: 'chatkit.session',
      client_secret: expect.stringMatching(/^ek_\w{48}$/) as string,
      expires_at: 1_764_000_600,
      status: 'active',
      user: 'ada',
      workflow: {
        id: workflowId,
        version: null,
        state_variables: null,
        tracing: { enabled: true },
      },
      rate_limits: { max_requests_per_1_minute: 10 },
      max_requests_per_1_minute: 10,
      chatkit_configuration: {
        automatic_thread_titling: { enabled: true },
        file_upload: { enabled: false, max_file_size: null, max_files: null },
        history: { enabled: true, recent_threads: null },
      },
    });
  });

  it('takes all that OpenAI takes', async () => {
    const sandbox = await testSandbox({ now: () => 1_764_000_000_000 });
    const asked = {
      user: 'ada',
      workflow: {
        id: workflowId,
        version: '3',
        state_variables: { plan: 'pro', seats: 4, trial: false },
        tracing: { enabled: false },
      },
      rate_limits: { max_requests_per_1_minute: 3 },
      chatkit_configuration: {
        automatic_thread_titling: { enabled: false },
        file_upload: { enabled: true, max_files: 2 },
        history: { enabled: true, recent_threads: 5 },
      },
    };
    const body = { ...asked, expires_after: { anchor: 'created_at', seconds: 60 } };
    const response = await askSession(sandbox, { body });
    expect(await response.json()).toMatchObject({
      ...asked,
      expires_at: 1_764_000_060,
      max_requests_per_1_minute: 3,
    });
  });

  it.each([
    { authorization: 'Bearer sk-other' },
    { authorization: 'sk-sandbox-not-a-real-key' },
    { authorization: '' },
  ])('wants the key: %o', async (headers) => {
    const sandbox = await testSandbox();
    const response = await askSession(sandbox, { headers });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual(
      envelope('Incorrect API key provided.', null, 'invalid_api_key'),
    );
  });

  it.each(['', 'assistants=v2', 'chatkit_beta=v2'])(
    'wants the beta header, not “%s”',
    async (beta) => {
      const sandbox = await testSandbox();
      const response = await askSession(sandbox, { headers: { 'openai-beta': beta } });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 'invalid_beta' } });
    },
  );

  it.each([
    [[], 'body', 'invalid_type'],
    [{ workflow: { id: workflowId } }, 'user', 'missing_required_parameter'],
    [{ ...right, user: '' }, 'user', 'invalid_type'],
    [{ ...right, user: 7 }, 'user', 'invalid_type'],
    [{ user: 'ada' }, 'workflow', 'missing_required_parameter'],
    [{ ...right, workflow: workflowId }, 'workflow', 'invalid_type'],
    [{ ...right, workflow: {} }, 'workflow.id', 'missing_required_parameter'],
    [{ ...right, model: 'gpt' }, 'model', 'unknown_parameter'],
    [{ ...right, workflow: { id: workflowId, name: 'x' } }, 'workflow.name', 'unknown_parameter'],
    [
      { ...right, workflow: { id: workflowId, state_variables: { deep: {} } } },
      'workflow.state_variables.deep',
      'invalid_type',
    ],
    [
      { ...right, workflow: { id: workflowId, state_variables: [1] } },
      'workflow.state_variables',
      'invalid_type',
    ],
    [
      { ...right, workflow: { id: workflowId, state_variables: manyVariables } },
      'workflow.state_variables',
      'object_above_max_properties',
    ],
    [
      { ...right, workflow: { id: workflowId, tracing: { enabled: 'yes' } } },
      'workflow.tracing.enabled',
      'invalid_type',
    ],
    [{ ...right, expires_after: { seconds: 60 } }, 'expires_after.anchor', 'invalid_value'],
    [
      { ...right, expires_after: { anchor: 'created_at', seconds: 0 } },
      'expires_after.seconds',
      'integer_out_of_range',
    ],
    [
      { ...right, expires_after: { anchor: 'created_at', seconds: 601 } },
      'expires_after.seconds',
      'integer_out_of_range',
    ],
    [
      { ...right, rate_limits: { max_requests_per_1_minute: 1.5 } },
      'rate_limits.max_requests_per_1_minute',
      'integer_out_of_range',
    ],
    [
      { ...right, chatkit_configuration: { history: { enabled: 1 } } },
      'chatkit_configuration.history.enabled',
      'invalid_type',
    ],
    [
      { ...right, chatkit_configuration: { theme: 'dark' } },
      'chatkit_configuration.theme',
      'unknown_parameter',
    ],
  ])('refuses %j, naming %s', async (body, param, code) => {
    const sandbox = await testSandbox();
    const response = await askSession(sandbox, { body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, code } });
  });

  it('does not know the workflow of another project', async () => {
    const sandbox = await testSandbox();
    const body = { user: 'ada', workflow: { id: 'wf_other' } };
    const response = await askSession(sandbox, { body });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(
      envelope("Workflow with id 'wf_other' not found.", null, null),
    );
  });

  it('cancels a session, whose secret is no good from then on', async () => {
    const sandbox = await testSandbox();
    const { id, client_secret: secret } = await openSession(sandbox);
    const cancel = (session: string, headers = {}) =>
      fetch(`${sandbox.base().apiBaseUrl}/chatkit/sessions/${session}/cancel`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${sandbox.apiKey}`,
          'openai-beta': 'chatkit_beta=v1',
          ...headers,
        },
      });
    const list = { type: 'threads.list', params: {} };
    expect((await cancel(id, { authorization: 'Bearer x' })).status).toBe(401);
    expect((await converse(sandbox, secret, list)).status).toBe(200);
    const response = await cancel(id);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id, status: 'cancelled' });
    expect((await converse(sandbox, secret, list)).status).toBe(401);
    expect((await cancel('cksess_other')).status).toBe(404);
  });

  it('ends a secret at the second that it has told', async () => {
    let now = 1_764_000_000_000;
    const sandbox = await testSandbox({ now: () => now });
    const { client_secret: secret, expires_at } = await openSession(sandbox, {
      expires_after: { anchor: 'created_at', seconds: 30 },
    });
    const list = { type: 'threads.list', params: {} };
    now = expires_at * 1000 - 1;
    expect((await converse(sandbox, secret, list)).status).toBe(200);
    now = expires_at * 1000;
    const response = await converse(sandbox, secret, list);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_client_secret' } });
  });

  it('limits the messages of a session in a minute, and nothing else', async () => {
    let now = 1_764_000_000_000;
    const sandbox = await testSandbox({ now: () => now });
    const { client_secret: secret } = await openSession(sandbox, {
      rate_limits: { max_requests_per_1_minute: 2 },
    });
    const send = async () => {
      const create = { type: 'threads.create', params: { input: message('list') } };
      const response = await converse(sandbox, secret, create);
      await response.text();
      return response.status;
    };
    expect([await send(), await send(), await send()]).toEqual([200, 200, 429]);
    const list = { type: 'threads.list', params: {} };
    expect((await converse(sandbox, secret, list)).status).toBe(200);
    now += 60_000;
    expect(await send()).toBe(200);
  });
});
