import type { Config } from '../config.js';
import type { Metrics } from '../http/metrics.js';
import type { Fetch } from '../http/upstream-fetch.js';
import type { Log } from '../logging/request.js';
import { toProblem } from '../problems.js';
import type { RetryTiming } from '../retry.js';
import { createFailover, type Failover } from './failover.js';
import { createHostedBackend } from './hosted.js';
import type { SelfHosted } from './self-hosted.js';

export interface BackendDependencies {
  /** Where the configuration asks for it. */
  readonly selfHosted: SelfHosted | undefined;
  /** How OpenAI is reached; resolves when the answer has been read. */
  readonly fetch: Fetch;
  readonly timing: RetryTiming;
  readonly metrics?: Pick<Metrics, 'upstream' | 'failovers'> | undefined;
  readonly log: Log;
  /** Aborted when the service closes. */
  readonly closing: AbortSignal;
}

/** The backends of the configuration, in their order. */
export function createBackends(
  config: Config,
  { selfHosted, fetch, timing, metrics, log, closing }: BackendDependencies,
): Failover {
  const hosted = createHostedBackend({
    ...config.openai,
    workflowId: config.workflowId,
    ttlSeconds: config.sessionTtlSeconds,
    fileUpload: config.attachments.hosted ? config.attachments : null,
    fetch,
    timing,
    onTry: (ms, status) => metrics?.upstream.observe({ status }, ms / 1000),
  });
  const noKey = config.openai.apiKey === undefined;
  const backends = config.backends.flatMap((name) => {
    if (name === 'self-hosted') return selfHosted ? [selfHosted.backend] : [];
    // Without a key it can only refuse, which is of use only where there is no other backend.
    return noKey && selfHosted?.notReady() === null ? [] : [hosted];
  });
  return createFailover({
    backends,
    survivesBadKey: selfHosted?.ownCredentials ?? false,
    closing,
    onFailover: ({ from, to, status }) => {
      metrics?.failovers.inc({ from, to });
      log.warn(
        { from, to, upstreamStatus: status },
        `The ${from} backend refuses for good: sessions are ${to} from now on, and it is asked again from time to time. If it should serve, check CHATKIT_WORKFLOW_ID, and that OPENAI_API_KEY is of the same project.`,
      );
    },
    onRecovery: (name) => log.warn({ backend: name }, `The ${name} backend serves again.`),
    onProbeFailed: (name, error) =>
      log.info({ backend: name, code: toProblem(error).code }, 'It still does not serve.'),
  });
}
