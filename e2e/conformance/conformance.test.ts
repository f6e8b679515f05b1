import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatkitServer, MemoryStore } from '@taskpilot-chat/server/chatkit';
import { loadScripts, runScript, userHeader } from './run.js';
import { fileRoutes, MemoryAttachments, transcriber } from './scripted/offers.js';
import { scriptedResponder } from './scripted/responder.js';

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

  it.each(scripts)('$name: $title', async (script) => {
    expect(await runScript(script, { url })).toBeNull();
  });
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
