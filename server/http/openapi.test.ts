import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { MemoryStore } from '../chatkit/index.js';
import { useHarness } from '../test/harness.js';

const harness = useHarness();

test('S20: the OpenAPI document is valid, with bodies, security and failures', async () => {
  const { app } = await harness.service(
    { CHATKIT_BACKENDS: 'self-hosted' },
    { store: new MemoryStore() },
  );
  const { payload } = await app.inject('/openapi.json');
  const document = JSON.parse(payload) as {
    paths: Record<string, Record<string, Record<string, unknown>>>;
  };
  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
  for (const [path, method] of [
    ['/api/chatkit/sessions', 'post'],
    ['/api/chatkit', 'post'],
    ['/api/chatkit/sessions/{id}', 'delete'],
    ['/api/chatkit/requests/{key}', 'delete'],
    ['/metrics', 'get'],
  ] as const) {
    const operation = document.paths[path]?.[method];
    expect(operation, path).toMatchObject({ security: expect.anything() as unknown });
    if (method === 'post') expect(operation).toHaveProperty('requestBody');
    expect(operation?.['responses']).toHaveProperty('401');
  }
  const cancel = document.paths['/api/chatkit/sessions/{id}']?.['delete'];
  expect(cancel).toMatchObject({ requestBody: { required: false } });
});
