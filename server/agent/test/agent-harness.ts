import { Agent } from '@openai/agents';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createAgentResponder, type AgentResponderOptions } from '../agent-responder.js';
import { startFakeModel, text, type FakeModel } from './fake-model.js';
import { clientTool } from '../tools.js';

export interface AgentHarness {
  readonly model: FakeModel;
  readonly responder: (
    options?: Partial<AgentResponderOptions>,
  ) => ReturnType<typeof createAgentResponder>;
}

/** A fake model for the tests of a file, and responders that use it; an unexpected failure fails the test. */
export function useAgentHarness(): AgentHarness {
  let model: FakeModel | undefined;
  const started = (): FakeModel => {
    if (model === undefined) throw new Error('The model exists within tests only.');
    return model;
  };
  beforeAll(async () => {
    model = await startFakeModel();
  });
  afterAll(() => started().close());
  beforeEach(() => {
    const fake = started();
    fake.requests.length = 0;
    fake.titles.length = 0;
    fake.script = (_request, reply) => reply.outputs(text('Hello.'));
    fake.titleScript = (_request, reply) => reply.outputs(text('A title'));
  });
  return {
    get model() {
      return started();
    },
    responder: (options = {}) =>
      createAgentResponder({
        openai: {
          apiKey: 'sk-test',
          baseUrl: started().baseUrl,
          timing: { random: () => 0, sleep: () => Promise.resolve() },
        },
        onFailure: (failure) => {
          throw failure;
        },
        ...options,
      }),
  };
}

export const agentWith = (config: Partial<ConstructorParameters<typeof Agent>[0]>) =>
  new Agent({ name: 'Test', instructions: 'Be brief.', model: 'gpt-4.1', ...config });

/** A tool in the page. */
export const selectedTool = clientTool({
  name: 'selected',
  description: 'Reads the selection.',
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
});

/** A promise that a test resolves. */
export class Deferred {
  resolve: () => void = () => undefined;
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}
