import { FastifyOtelInstrumentation } from '@fastify/otel';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import type { FastifyBaseLogger, FastifyPluginCallback } from 'fastify';
import { version } from '../version.js';

export interface Tracing {
  /** Makes a span of each request; registered before all routes. */
  readonly plugin: FastifyPluginCallback;
  /** Where failures to export are told, once a minute at most. */
  readonly reportTo: (log: FastifyBaseLogger) => void;
  /** Exports what is left. */
  readonly close: () => Promise<void>;
}

/** Probes and scrapes, which come every few seconds. */
const unimportant = /^\/(?:healthz|readyz|metrics)(?:\?|$)/;

const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, '');
/** `/v1/chatkit/sessions/cksess_1/cancel` as `/v1/chatkit/sessions/{id}/cancel`, because backends group spans by name. */
const withoutIds = (path: string): string =>
  withoutQuery(path).replace(/\/[a-z]+_[\w-]+/g, '/{id}');

/** Removes what may hold secrets or what a visitor said: queries of URLs, and the texts of errors. */
class PrivacyProcessor implements SpanProcessor {
  onStart(): void {
    // Attributes are complete at the end only.
  }

  onEnd({ attributes, events, status }: ReadableSpan): void {
    delete status.message;
    for (const name of ['url.full', 'url.path']) {
      const url = attributes[name];
      if (typeof url === 'string') attributes[name] = withoutQuery(url);
    }
    delete attributes['url.query'];
    for (const { attributes: details = {} } of events) {
      delete details['exception.message'];
      delete details['exception.stacktrace'];
    }
  }

  forceFlush = () => Promise.resolve();
  shutdown = () => Promise.resolve();
}

const reportEveryMs = 60_000;

function reportTo(log: FastifyBaseLogger): void {
  let reportedAt = -Infinity;
  const report = (message: string) => {
    if (performance.now() - reportedAt < reportEveryMs) return;
    reportedAt = performance.now();
    log.warn(
      { err: new Error(message) },
      'OTEL_EXPORTER_OTLP_ENDPOINT: traces cannot be exported.',
    );
  };
  const ignore = () => undefined;
  const logger = { error: report, warn: ignore, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
}

/**
 * Starts OpenTelemetry for the whole process: a span for each request, which continues the trace of its `traceparent`,
 * with a child for its handler, and in that one for each call of `fetch` or undici, which are those to OpenAI. Its
 * packages read `OTEL_*` of the environment themselves.
 *
 * @example
 * const tracing = startTracing();
 * await app.register(tracing.plugin);
 */
export function startTracing(): Tracing {
  const own = { 'service.name': 'taskpilot-chat', 'service.version': version };
  const provider = new NodeTracerProvider({
    // What the environment says comes last, and wins.
    resource: defaultResource()
      .merge(resourceFromAttributes(own))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new PrivacyProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  // Without baggage, which visitors could send through to the upstream.
  provider.register({ propagator: new W3CTraceContextPropagator() });
  const requests = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    recordExceptions: false,
    ignorePaths: ({ url }) => unimportant.test(url),
    requestHook: (span, { method, routeOptions: { url } }) => {
      span.updateName(url === undefined ? method : `${method} ${url}`);
      // The path may hold what a visitor typed.
      span.setAttribute('url.path', url ?? '');
    },
    lifecycleHook: (span) => span.updateName('handler'),
  });
  const calls = new UndiciInstrumentation({
    requestHook: (span, { method, path }) => span.updateName(`${method} ${withoutIds(path)}`),
  });
  return {
    plugin: requests.plugin(),
    reportTo,
    async close() {
      requests.disable();
      calls.disable();
      await provider.shutdown();
    },
  };
}
