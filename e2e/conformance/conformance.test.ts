import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig, taskpilotChat } from '@taskpilot-chat/server';
import {
  chatkitServer,
  MemoryStore,
  requestSchemas,
  Thread,
  ThreadItem,
  ThreadItemUpdate,
  ThreadStreamEvent,
} from '@taskpilot-chat/server/chatkit';
import { loadScripts, runScript, userHeader } from './run.js';
import { fileRoutes, MemoryAttachments, transcriber } from './scripted/offers.js';
import { scriptedResponder } from './scripted/responder.js';
import { vocabularyOf } from './vocabulary.js';

const scripts = await loadScripts();
const path = '/chatkit';

describe('The ChatKit protocol, script by script', () => {
  let app: FastifyInstance;
  let url: string;
  beforeAll(async () => {
    app = fastify();
    const authenticate = ({ headers }: FastifyRequest) => ({ user: String(headers[userHeader]) });
    const shared = { responder: scriptedResponder, authenticate };
    const store = new MemoryStore();
    const attachments = new MemoryAttachments(store);
    await app.register(chatkitServer, { ...shared, store, path, attachments, transcriber });
    await app.register(chatkitServer, {
      ...shared,
      store: new MemoryStore(),
      path: `${path}/bare`,
    });
    await app.register((scope) => fileRoutes(scope, attachments, path));
    url = `${await app.listen({ host: '127.0.0.1', port: 0 })}${path}`;
  });
  afterAll(() => app.close());

  it('has times with a zone and milliseconds, and ids of 20 random digits', async () => {
    const input = { content: [{ type: 'input_text', text: 'files' }], attachments: [] };
    const params = { input: { ...input, inference_options: {} } };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [userHeader]: 'ann' },
      body: JSON.stringify({ type: 'threads.create', params }),
    });
    const text = await response.text();
    const times = [...text.matchAll(/"created_at":"([^"]*)"/g)].map(([, time]) => time);
    const ids = [...text.matchAll(/"id":"([^"]*)"/g)].map(([, id]) => id);
    expect(times).toHaveLength(3);
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(ids).toHaveLength(3);
    for (const id of ids) expect(id).toMatch(/^(thr|msg)_[0-9a-f]{20}$/);
  });

  it.each(scripts)('$name: $title', async (script) => {
    expect(await runScript(script, { url })).toBeNull();
  });
});

describe('The service, with its attachments on disk', () => {
  const store = new MemoryStore();
  let app: FastifyInstance;
  let url: string;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'conformance-'));
    const config = readConfig({
      ...{ CHATKIT_BACKENDS: 'self-hosted', ATTACHMENTS: 'disk', DATA_DIR: folder },
      ...{ RATE_LIMIT_PER_MINUTE: '1000', LOG_LEVEL: 'silent' },
    });
    app = fastify();
    await app.register(taskpilotChat, { config, store, responder: scriptedResponder });
    url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/api/chatkit`;
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A user is a visitor, known by a session. */
  function visitors() {
    const known = new Map<string, Promise<Record<string, string>>>();
    const open = async () => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
      const answer = (await (await fetch(`${url}/sessions`, init)).json()) as {
        readonly client_secret: string;
      };
      return { authorization: `Bearer ${answer.client_secret}` };
    };
    return (_user: string, unique: string) => {
      const headers = known.get(unique) ?? open();
      known.set(unique, headers);
      return headers;
    };
  }

  it.each(scripts.filter(({ name }) => name.startsWith('attachments/')))(
    '$name: $title',
    async (script) => {
      expect(await runScript(script, { url, headersFor: visitors() })).toBeNull();
    },
  );
});

describe('The scripts', () => {
  const text = JSON.stringify(scripts);

  it.each([
    ...['threads.create', 'threads.add_user_message', 'threads.add_client_tool_output'],
    ...['threads.add_structured_input', 'threads.retry_after_item', 'threads.custom_action'],
    ...['threads.get_by_id', 'threads.list', 'threads.update', 'threads.delete'],
    ...['threads.sync_custom_action', 'items.list', 'items.feedback'],
    ...['attachments.create', 'attachments.delete', 'input.transcribe'],
    ...['thread.created', 'thread.updated', 'thread.item.added', 'thread.item.updated'],
    ...['thread.item.done', 'thread.item.removed', 'thread.item.replaced', 'stream_options'],
    ...['progress_update', 'client_effect', 'error', 'notice'],
    ...['assistant_message.content_part.added', 'assistant_message.content_part.text_delta'],
    ...['assistant_message.content_part.annotation_added'],
    ...['assistant_message.content_part.done', 'widget.streaming_text.value_delta'],
    ...['widget.component.updated', 'widget.root.updated', 'workflow.task.added'],
    ...['workflow.task.updated', 'generated_image.updated'],
    ...['user_message', 'assistant_message', 'client_tool_call', 'widget', 'generated_image'],
    ...['structured_input', 'task', 'workflow', 'end_of_turn'],
  ])('cover %s', (name) => {
    expect(text).toContain(`"type":"${name}"`);
  });
});

describe('The differences from the reference', () => {
  const differing = scripts.filter(({ steps }) => steps.some((step) => step.expectReference));

  it('are all in the table of docs/protocol.md, and each of its links has one', async () => {
    const document = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
    const rows = document.split('\n').filter((line) => line.startsWith('|'));
    const links = rows.flatMap((row) => [
      ...row.matchAll(/\(\.\.\/e2e\/conformance\/scripts\/(\S+?)\.json\)/g),
    ]);
    const named = new Set(links.map(([, name]) => name));
    expect([...named].sort()).toEqual(differing.map(({ name }) => name).sort());
  });

  it.each(differing)('are explained in $name', ({ steps }) => {
    for (const { expectReference, deviation } of steps) {
      expect(deviation === undefined).toBe(expectReference === undefined);
    }
  });
});

describe('The schemas of the protocol', () => {
  /** Of the reference, and deprecated: ChatKit ignores it. */
  const isLeftOut = (line: string) => /\(entity\)\.preview( = lazy)?$/.test(line);

  it('have all that the reference receives and sends, and no more', async () => {
    const file = new URL('reference/vocabulary.txt', import.meta.url);
    const known = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const ours = vocabularyOf({
      request: { anyOf: Object.values(requestSchemas) },
      event: ThreadStreamEvent,
      thread: Thread,
      item: ThreadItem,
      update: ThreadItemUpdate,
    });
    expect(ours).toEqual(known.filter((line) => !isLeftOut(line)));
  });
});
