import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions, type Scenario } from '../../index.js';
import { staticNames } from '../static-files.js';

export const workflowId = 'wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8';

/** Files in the place of the built browser half, each with its own name as its text. */
export async function publicFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskpilot-sandbox-'));
  await Promise.all(staticNames.map((name) => writeFile(join(folder, name), name)));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A sandbox that ends with the test. Its answers come without a pause between words. */
export async function testSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({
    wordDelayMs: 0,
    publicFolder: await publicFolder(),
    ...options,
  });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

export interface Ask {
  readonly scenario?: Scenario;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  ask: Ask,
): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...ask.headers },
    body: JSON.stringify(ask.body),
    ...(ask.signal && { signal: ask.signal }),
  });

/** `POST /v1/chatkit/sessions`; valid unless `ask` overrides it. */
export function askSession(sandbox: Sandbox, ask: Ask = {}): Promise<Response> {
  return post(
    `${sandbox.base(ask.scenario).apiBaseUrl}/chatkit/sessions`,
    { authorization: `Bearer ${sandbox.apiKey}`, 'openai-beta': 'chatkit_beta=v1' },
    { body: { user: 'ada', workflow: { id: workflowId } }, ...ask },
  );
}

export interface Session {
  readonly id: string;
  readonly client_secret: string;
  readonly expires_at: number;
  readonly status: string;
}

export async function openSession(
  sandbox: Sandbox,
  {
    user = 'ada',
    scenario,
    ...rest
  }: { user?: string; scenario?: Scenario; [key: string]: unknown } = {},
): Promise<Session> {
  const response = await askSession(sandbox, {
    ...(scenario && { scenario }),
    body: { user, workflow: { id: workflowId }, ...rest },
  });
  return (await response.json()) as Session;
}

/** `POST /v1/chatkit/conversation` with a client secret. */
export function converse(
  sandbox: Sandbox,
  secret: string,
  body: unknown,
  ask: Omit<Ask, 'body'> = {},
): Promise<Response> {
  return post(
    `${sandbox.base(ask.scenario).apiBaseUrl}/chatkit/conversation`,
    { authorization: `Bearer ${secret}` },
    { ...ask, body },
  );
}

export const message = (text: string) => ({
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
});

export interface StreamedEvent {
  readonly type: string;
  readonly thread?: { readonly id: string; readonly title?: string };
  readonly item?: {
    readonly id: string;
    readonly type: string;
    readonly content: { readonly text: string }[];
  };
  readonly update?: { readonly delta?: string };
}

/** All events of a stream; what was cut in the middle rejects. */
export async function readEvents(response: Response): Promise<StreamedEvent[]> {
  const text = await response.text();
  return text
    .split('\n\n')
    .filter((part) => part !== '')
    .map((part) => JSON.parse(part.replace(/^data: /, '')) as StreamedEvent);
}
