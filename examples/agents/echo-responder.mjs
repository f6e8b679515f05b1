// A responder without a model: AGENT_MODULE=examples/agents/echo-responder.mjs

/** @type {import('@taskpilot-chat/server').Responder} */
const responder = {
  async *respond(thread, message, { newId, now }) {
    const text = message === null ? '' : message.content.map((part) => part.text).join('');
    thread.title ??= text.slice(0, 40);
    yield {
      type: 'thread.item.done',
      item: {
        type: 'assistant_message',
        id: newId('message'),
        thread_id: thread.id,
        created_at: now(),
        content: [{ type: 'output_text', text: `You said: ${text}`, annotations: [] }],
      },
    };
  },
};

export default responder;
