import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startFakeModel } from '../agent/test/fake-model.js';
import { apiKey, ok, startFakeOpenAI } from '../test/fake-openai.js';
import { eventually } from '../test/harness.js';

/** A new embedded database takes seconds to make, many on a machine that is busy. */
const slowStartMs = 60_000;
const server = join(import.meta.dirname, '..');
let folder: string;
beforeAll(async () => {
  // Inside the repository, so that the packages that stay outside of the bundle are found.
  folder = await mkdtemp(join(server, '../node_modules/.taskpilot-chat-'));
  await build({
    entryPoints: [join(server, 'main.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported on demand stays so.
    splitting: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    tsconfigRaw: {},
  });
  await writeFile(
    join(folder, 'loaded.cjs'),
    // prom-client loads @opentelemetry/api itself.
    `process.on('exit', () => {
      const loaded = Object.keys(require.cache).filter((path) => /@opentelemetry.(?!api\\/)|@fastify.otel/.test(path));
      console.log('loaded of OpenTelemetry: ' + loaded.length);
    });`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status: { readonly code: number };
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

/** Takes traces over OTLP/HTTP in JSON. */
async function startCollector() {
  const exports: { body: Export; authorization: string | undefined; path: string | undefined }[] =
    [];
  const collector = createServer((request, response) => {
    json(request).then(
      (body) => {
        const { url: path, headers } = request;
        exports.push({ body: body as Export, authorization: headers.authorization, path });
        response.setHeader('content-type', 'application/json').end('{}');
      },
      () => response.destroy(),
    );
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  onTestFinished(() => {
    collector.close();
    collector.closeAllConnections();
  });
  const spans = () =>
    exports.flatMap(({ body }) =>
      body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
  const { port } = collector.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, exports, spans };
}

function start(env: Readonly<Record<string, string>>) {
  const args = ['--require', join(folder, 'loaded.cjs'), join(folder, 'main.mjs')];
  const program = spawn(process.execPath, args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      OPENAI_API_KEY: apiKey,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      ...env,
    },
  });
  let output = '';
  const collect = (chunk: Buffer) => void (output += chunk.toString());
  program.stdout.on('data', collect);
  program.stderr.on('data', collect);
  const ended = once(program, 'close');
  onTestFinished(() => void program.kill('SIGKILL'));
  return {
    url: () =>
      vi.waitFor(() => {
        const [, url = ''] = /listening at (http:[^"]*)"/.exec(output) ?? expect.fail(output);
        return url;
      }, slowStartMs),
    output: () => output,
    stop: async () => {
      program.kill('SIGTERM');
      await ended;
      return output;
    },
  };
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const pageSpan = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${pageSpan}-01`;

const post = (url: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent, ...headers },
    body: JSON.stringify(body),
  });

const attribute = (span: Span | undefined, name: string) =>
  Object.values(span?.attributes.find(({ key }) => key === name)?.value ?? {})[0] as unknown;

/** Each span of the trace as `name < name of its parent`. */
function treeOf(spans: readonly Span[]): string[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  const nameOf = (id = '') => (id === pageSpan ? 'the page' : (names.get(id) ?? 'none'));
  return spans
    .filter((span) => span.traceId === traceId)
    .map(({ name, parentSpanId }) => `${name} < ${nameOf(parentSpanId)}`)
    .sort();
}

describe('Traces', { timeout: 90_000 }, () => {
  it('go from the page’s request for a session to the call to OpenAI', async () => {
    const [collector, upstream] = await Promise.all([startCollector(), startFakeOpenAI()]);
    onTestFinished(() => upstream.close());
    upstream.behave(ok());
    const service = start({
      CHATKIT_BACKENDS: 'hosted',
      OPENAI_BASE_URL: upstream.baseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20b3RlbDpwYXNz',
      OTEL_SERVICE_NAME: 'my-chat',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    const url = await service.url();
    await fetch(`${url}/healthz`);
    const answer = await post(`${url}/api/chatkit/sessions?said=secret-in-query`, {});
    expect(answer.status).toBe(200);
    const { client_secret: secret } = (await answer.json()) as { client_secret: string };
    await eventually(() =>
      expect(treeOf(collector.spans())).toEqual([
        'POST /api/chatkit/sessions < the page',
        'POST /v1/chatkit/sessions < handler',
        'handler < POST /api/chatkit/sessions',
      ]),
    );
    const named = (name: string) => collector.spans().find((span) => span.name === name);
    const request = named('POST /api/chatkit/sessions');
    expect(attribute(request, 'http.route')).toBe('/api/chatkit/sessions');
    expect(attribute(request, 'http.response.status_code')).toBe(200);
    expect(attribute(named('POST /v1/chatkit/sessions'), 'http.response.status_code')).toBe(200);
    const [first] = collector.exports;
    expect(first).toMatchObject({ path: '/v1/traces', authorization: 'Basic b3RlbDpwYXNz' });
    expect(first?.body.resourceSpans[0]?.resource.attributes).toEqual(
      expect.arrayContaining([
        { key: 'service.name', value: { stringValue: 'my-chat' } },
        { key: 'deployment.environment.name', value: { stringValue: 'test' } },
      ]),
    );
    // The gateway or OpenAI can continue the trace.
    expect(upstream.calls[0]?.headers['traceparent']).toContain(traceId);
    expect(await service.stop()).toMatch(/loaded of OpenTelemetry: [1-9]/);
    const told = JSON.stringify(collector.exports.map(({ body }) => body));
    for (const hidden of [apiKey, secret, 'secret-in-query', '/healthz']) {
      expect(told).not.toContain(hidden);
    }
  });

  it('go from a message to the calls of the model, and say nothing of what is said', async () => {
    const [collector, model] = await Promise.all([startCollector(), startFakeModel()]);
    onTestFinished(() => model.close());
    const service = start({
      CHATKIT_BACKENDS: 'self-hosted',
      OPENAI_BASE_URL: model.baseUrl,
      DATA_DIR: join(folder, 'data'),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const url = await service.url();
    const opened = await fetch(`${url}/api/chatkit/sessions`, {
      method: 'POST',
      headers: { origin: url, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(opened.status).toBe(200);
    const { client_secret: token } = (await opened.json()) as { client_secret: string };
    const said = 'my card is 4111 1111';
    const content = [{ type: 'input_text', text: said }];
    const input = { content, attachments: [], inference_options: {} };
    const ask = async () => {
      const body = { type: 'threads.create', params: { input } };
      return (await post(`${url}/api/chatkit`, body, { authorization: `Bearer ${token}` })).text();
    };
    expect(await ask()).toContain('Hello.');
    const path = `${new URL(model.baseUrl).pathname}/responses`;
    await eventually(() =>
      expect(treeOf(collector.spans())).toEqual([
        'POST /api/chatkit < the page',
        // The answer, and the title.
        `POST ${path} < handler`,
        `POST ${path} < handler`,
        'handler < POST /api/chatkit',
      ]),
    );
    model.script = (_request, { error }) => error(400, { message: `Not that: ${said}` });
    await ask();
    await service.stop();
    const statuses = collector.spans().map((span) => attribute(span, 'http.response.status_code'));
    expect(statuses).toContain(400);
    const told = JSON.stringify(collector.exports.map(({ body }) => body));
    for (const hidden of [apiKey, token, said, 'Hello.']) expect(told).not.toContain(hidden);
  });

  it('that cannot be exported change nothing, and are told of in the log', async () => {
    const upstream = await startFakeOpenAI();
    onTestFinished(() => upstream.close());
    const service = start({
      CHATKIT_BACKENDS: 'hosted',
      OPENAI_BASE_URL: upstream.baseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20b3RlbDpwYXNz',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    });
    const url = await service.url();
    expect((await post(`${url}/api/chatkit/sessions`, {})).status).toBe(200);
    await eventually(() => expect(service.output()).toContain('traces cannot be exported'));
    expect(await service.stop()).not.toMatch(/b3RlbDpwYXNz|otel:pass/);
  });

  it('are not made without OTEL_EXPORTER_OTLP_ENDPOINT, and OpenTelemetry’s SDK is not loaded', async () => {
    const upstream = await startFakeOpenAI();
    onTestFinished(() => upstream.close());
    const service = start({ CHATKIT_BACKENDS: 'hosted', OPENAI_BASE_URL: upstream.baseUrl });
    const url = await service.url();
    expect((await post(`${url}/api/chatkit/sessions`, {})).status).toBe(200);
    expect(upstream.calls[0]?.headers).not.toHaveProperty('traceparent');
    expect(await service.stop()).toContain('loaded of OpenTelemetry: 0\n');
  });
});
