import type { FastifyInstance } from 'fastify';
import { buildApp, type AppDependencies } from '../../app.js';
import { MemoryStore } from '../../chatkit/index.js';
import type { Config } from '../../config.js';
import { defaultAssets } from '../../http/script.js';
import { localhostDomainKey, chatkitPath } from '../../sessions/self-hosted.js';
import { sessionsPath } from '../../sessions/routes.js';
import { findingsOf, type Finding } from './finding.js';
import { doctorUser } from './upstream.js';

/** The service within this process: it does not listen, and keeps nothing. */
function trialService(
  config: Config,
  write: (line: string) => void,
  dependencies: AppDependencies = {},
): Promise<FastifyInstance> {
  return buildApp(
    { ...config, logLevel: 'error', redisUrl: undefined, databaseUrl: undefined },
    {
      logStream: { write },
      store: new MemoryStore(),
      authenticator: { authenticate: () => ({ user: doctorUser }) },
      ...dependencies,
    },
  );
}

/** Headers that the page's script and ChatKit send. */
const pageHeaders = ['content-type', 'authorization', 'idempotency-key'];

/** What a browser would object to in the answer to a preflight; null when it lets the page ask. */
async function objection(
  app: FastifyInstance,
  url: string,
  origin: string,
): Promise<string | null> {
  const { headers, statusCode } = await app.inject({
    method: 'OPTIONS',
    url,
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': pageHeaders.join(','),
    },
  });
  const values = (name: string) =>
    String(headers[name] ?? '')
      .toLowerCase()
      .split(/\s*,\s*/);
  if (statusCode < 200 || statusCode > 299) return `status ${statusCode}`;
  if (headers['access-control-allow-origin'] !== origin) return 'the origin is not allowed';
  if (headers['access-control-allow-credentials'] !== 'true') return 'cookies are not allowed';
  if (!values('access-control-allow-methods').includes('post')) return 'POST is not allowed';
  const allowed = values('access-control-allow-headers');
  const missing = pageHeaders.filter((name) => !allowed.includes(name));
  return missing.length === 0 ? null : `the headers ${missing.join(', ')} are not allowed`;
}

/**
 * Asks as a browser does before a page of each allowed origin may, and for the script.
 *
 * @param assets the folder with the built script
 */
export async function checkOrigins(
  config: Config,
  assets: string = defaultAssets,
): Promise<Finding[]> {
  const { ok, failed, note } = findingsOf('Pages');
  const { allowedOrigins } = config;
  const app = await trialService({ ...config, backends: ['hosted'] }, () => undefined, { assets });
  const findings: Finding[] = [];
  try {
    const script = await app.inject('/taskpilot-chat.js');
    if (script.statusCode !== 200) {
      findings.push(
        failed(
          `The widget’s script cannot be served (HTTP ${script.statusCode}).`,
          'Install the package again, or build it: npm run build',
        ),
      );
    }
    for (const allowed of allowedOrigins) {
      const origin = allowed.replace('*', 'any');
      const reason = await objection(app, sessionsPath, origin);
      if (reason !== null) {
        findings.push(
          failed(`A browser refuses pages of ${allowed}: ${reason}.`, 'Report this fault.'),
        );
      } else if (config.production && origin.startsWith('http:')) {
        findings.push(
          failed(
            `Pages of ${allowed} are not on https, which cookies and ChatKit need.`,
            'Serve them over https, and allow that origin.',
          ),
        );
      } else findings.push(ok(`Pages of ${allowed} may open chats.`));
    }
    if (allowedOrigins.length === 0) {
      const others = config.production ? '' : ' and of this machine';
      findings.push(
        note(
          `Pages of the service’s own origin${others} may open chats, no others.`,
          'Set ALLOWED_ORIGINS for pages of other origins.',
        ),
      );
    }
    return findings;
  } finally {
    await app.close();
  }
}

interface AnswerEvent {
  readonly type: string;
  readonly item?: { readonly type: string };
}

const question = {
  type: 'threads.create',
  params: {
    input: {
      content: [{ type: 'input_text', text: 'Hello' }],
      attachments: [],
      quoted_text: null,
      inference_options: {},
    },
  },
};

interface ErrorLine {
  readonly msg: string;
  readonly err?: { readonly type: string; readonly message: string };
}

/** What the service has logged as errors, with causes. */
function messagesOf(lines: readonly string[]): string {
  const messages = lines.map((line) => {
    const { msg, err } = JSON.parse(line) as ErrorLine;
    return err === undefined ? msg : `${msg} (${err.type}: ${err.message})`;
  });
  return [...new Set(messages)].join(' ').replaceAll(/\s+/g, ' ');
}

/** Opens a self-hosted chat, says hello, and waits for the answer: with `AGENT_MODULE`, or the default agent. */
export async function checkAgent(config: Config, signal: AbortSignal): Promise<Finding[]> {
  const { ok, failed, note } = findingsOf('Agent');
  if (!config.backends.includes('self-hosted'))
    return [note('CHATKIT_BACKENDS has no self-hosted.')];
  const remedy = 'See docs/self-hosting.md; the service’s log has the cause.';
  const lines: string[] = [];
  let app;
  try {
    app = await trialService(
      { ...config, backends: ['self-hosted'], domainKey: config.domainKey ?? localhostDomainKey },
      (line) => lines.push(line),
    );
  } catch (error) {
    return [failed((error as Error).message, 'Check AGENT_MODULE.')];
  }
  try {
    const post = (url: string, payload: object, headers = {}) =>
      app.inject({ method: 'POST', url, payload, headers, signal });
    const start = Date.now();
    const session = await post(sessionsPath, {});
    const { client_secret: token, detail } = session.json<Record<string, string>>();
    if (token === undefined) {
      return [
        failed(
          detail ?? `It cannot start (HTTP ${session.statusCode}).`,
          'Set OPENAI_API_KEY or AGENT_API_KEY.',
        ),
      ];
    }
    const answer = await post(chatkitPath, question, { authorization: `Bearer ${token}` });
    const events = answer.payload
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice('data: '.length)) as AnswerEvent);
    const isAnswered = events.some(
      ({ type, item }) => type === 'thread.item.done' && item?.type === 'assistant_message',
    );
    const who = config.agent.module === undefined ? 'The built-in agent' : 'AGENT_MODULE';
    if (isAnswered && !events.some(({ type }) => type === 'error')) {
      return [ok(`${who} answered “Hello” (${Date.now() - start} ms).`)];
    }
    return [
      failed(messagesOf(lines) || `${who} gave no answer (HTTP ${answer.statusCode}).`, remedy),
    ];
  } finally {
    await app.close();
  }
}
