import { describe, expect, it } from 'vitest';
import { CustomStreamError, StreamError } from '../chatkit/index.js';
import { createAgentResponder, type AgentResponderOptions } from './agent-responder.js';
import { AgentFailure, type AgentFailureCode } from './failures.js';
import { text, useFakeModel, type Script } from './test/fake-model.js';
import { collectFailures, Conversation, textsOf } from './test/conversation.js';
import { createErrorSerializer } from '../logging/errors.js';
import { createScrub } from '../logging/scrub.js';

const key = 'sk-very-secret-key';
const serialize = createErrorSerializer(createScrub([key]));
const model = await useFakeModel();

async function fail(script: Script, options: Partial<AgentResponderOptions> = {}) {
  model.script = script;
  const { failures, onFailure } = collectFailures();
  const responder = await createAgentResponder({
    openai: {
      apiKey: key,
      baseUrl: model.baseUrl,
      timing: { random: () => 0, sleep: () => Promise.resolve() },
    },
    onFailure,
    ...options,
  });
  const conversation = new Conversation('Known');
  const thrown: unknown = await conversation.say(responder, 'Hi').then(
    () => null,
    (error: unknown) => error,
  );
  return { thrown, failures, conversation };
}

const apiError =
  (status: number, code: string | null = null, headers: Record<string, string> = {}): Script =>
  (_request, reply) =>
    reply.error(status, { message: `Wrong: ${key}`, type: 'x', param: null, code }, headers);

const cases: readonly [string, Script, AgentFailureCode, boolean, number | undefined][] = [
  ['a bad key', apiError(401, 'invalid_api_key'), 'unauthorized', false, 401],
  ['a forbidden project', apiError(403), 'unauthorized', false, 403],
  ['an unknown model', apiError(404, 'model_not_found'), 'model_not_found', false, 404],
  ['too many requests', apiError(429, 'rate_limit_exceeded'), 'rate_limited', true, 429],
  ['a used-up quota', apiError(429, 'insufficient_quota'), 'quota_exceeded', false, 429],
  ['a failing API', apiError(500), 'upstream_unavailable', true, 500],
  ['an overloaded API', apiError(503), 'upstream_unavailable', true, 503],
  ['a wrong setting', apiError(400), 'request_rejected', false, 400],
  [
    'a conversation that is too long',
    apiError(400, 'context_length_exceeded'),
    'context_too_long',
    false,
    400,
  ],
  ['a forbidden prompt', apiError(400, 'invalid_prompt'), 'content_filtered', false, 400],
  [
    'a connection that is refused',
    (_request, { raw }) => {
      raw.destroy();
    },
    'upstream_unavailable',
    true,
    undefined,
  ],
  [
    'a stream that breaks',
    (_request, { raw, begin }) => {
      begin([{ type: 'response.output_text.delta', item_id: 'm', content_index: 0, delta: 'Hal' }]);
      setImmediate(() => raw.destroy());
    },
    'upstream_unavailable',
    true,
    undefined,
  ],
  [
    'an error within the stream',
    (_request, reply) =>
      reply.events([{ type: 'error', code: 'rate_limit_exceeded', message: `Wrong: ${key}` }]),
    'rate_limited',
    true,
    undefined,
  ],
  [
    'an answer that failed',
    (_request, reply) =>
      reply.events([
        {
          type: 'response.failed',
          response: { id: 'r', output: [], error: { code: 'server_error', message: key } } as never,
        },
      ]),
    'upstream_unavailable',
    true,
    undefined,
  ],
  [
    'a content filter in the middle of an answer',
    (_request, reply) =>
      reply.events([
        {
          type: 'response.incomplete',
          response: {
            id: 'r',
            output: [],
            incomplete_details: { reason: 'content_filter' },
          } as never,
        },
      ]),
    'content_filtered',
    false,
    undefined,
  ],
  [
    'an answer that is an HTML page',
    (_request, { raw }) => {
      raw.writeHead(200, { 'content-type': 'text/html' });
      raw.end('<!doctype html><title>Welcome</title>');
    },
    'invalid_answer',
    true,
    undefined,
  ],
  [
    'an event that is not JSON',
    (_request, { raw }) => {
      raw.writeHead(200, { 'content-type': 'text/event-stream' });
      raw.end(`data: {"type": ${key}\n\n`);
    },
    'invalid_answer',
    true,
    undefined,
  ],
];

describe('A failing model', () => {
  it.each(cases)(
    '%s: the visitor gets a retry where it helps, the operator code and status',
    async (_title, script, code, allowRetry, status) => {
      const { thrown, failures } = await fail(script);
      expect(thrown).toBeInstanceOf(Error);
      expect(thrown instanceof StreamError || thrown instanceof CustomStreamError).toBe(true);
      expect(thrown).toMatchObject({ allowRetry });
      expect(failures.map(([failure, where]) => [failure.code, failure.status, where])).toEqual([
        [
          code,
          status,
          {
            requestId: 'request-1',
            threadId: expect.any(String) as string,
            part: 'answer',
          },
        ],
      ]);
    },
  );

  it.each(cases)(
    'S8: %s: the cause is kept for the log, which scrubs its key',
    async (_title, script) => {
      const { thrown, failures } = await fail(script);
      for (let error = thrown; error instanceof Error; error = error.cause) {
        expect(JSON.stringify(serialize(error))).not.toContain(key);
      }
      expect(failures.map(([failure]) => failure.message).join()).not.toContain(key);
    },
  );

  it('gives the operator the API’s request id', async () => {
    const { failures } = await fail(apiError(500, null, { 'x-request-id': 'req_42' }));
    expect(failures[0]?.[0].upstreamRequestId).toBe('req_42');
  });

  it('is retried after a transient failure, which the visitor does not see', async () => {
    let tries = 0;
    const { thrown, conversation } = await fail((request, reply) => {
      tries += 1;
      if (tries === 3) reply.outputs(text('Hello.'));
      else return apiError(503)(request, reply);
    });
    expect(thrown).toBeNull();
    expect(textsOf(conversation.events)).toEqual(['Hello.']);
  });

  it('is not retried when x-should-retry forbids it', async () => {
    await fail(apiError(500, null, { 'x-should-retry': 'false' }));
    expect(model.requests).toHaveLength(1);
  });

  it('is not retried when Retry-After is longer than a visitor waits', async () => {
    await fail(apiError(429, null, { 'retry-after': '20' }));
    expect(model.requests).toHaveLength(1);
  });

  it('has texts that the operator can translate', async () => {
    const { thrown } = await fail(apiError(400, 'context_length_exceeded'), {
      texts: { context_too_long: 'Bitte ein neues Gespräch beginnen.' },
    });
    expect(thrown).toMatchObject({ message: 'Bitte ein neues Gespräch beginnen.' });
  });
});

describe('An agent without a key', () => {
  it('makes no request, and fails with not_configured', async () => {
    const { thrown, failures } = await fail(() => undefined, {
      openai: { apiKey: undefined, baseUrl: model.baseUrl },
    });
    expect(thrown).toMatchObject({ allowRetry: false });
    expect(failures[0]?.[0]).toBeInstanceOf(AgentFailure);
    expect(failures[0]?.[0]).toMatchObject({ code: 'not_configured' });
    expect(model.requests).toHaveLength(0);
  });
});
