import type { AgentInputItem } from '@openai/agents';
import type { ThreadItem, UserMessageItem, UserTag } from '../chatkit/index.js';
import { readToolRecord } from './tool-record.js';

const userText = (...texts: string[]): AgentInputItem => ({
  type: 'message',
  role: 'user',
  content: texts.map((text) => ({ type: 'input_text', text })),
});

/** What the visitor sees and the model did not say, told in the visitor's place: the API knows no other. */
const note = (text: string): AgentInputItem => userText(text);

/** A call and its output; the one without the other is refused by the API. */
function callAndOutput(
  callId: string,
  name: string,
  args: string,
  output: string,
): AgentInputItem[] {
  return [
    { type: 'function_call', callId, name, arguments: args, status: 'completed' },
    {
      type: 'function_call_result',
      callId,
      name,
      status: 'completed',
      output: { type: 'text', text: output },
    },
  ];
}

const hidden = (content: string): AgentInputItem =>
  note(
    `Context for you, which the user does not see:\n<hidden_context>\n${content}\n</hidden_context>`,
  );

const json = (value: unknown): string => (value === undefined ? 'null' : JSON.stringify(value));

function mentions(tags: readonly UserTag[]): string[] {
  if (tags.length === 0) return [];
  const unique = new Map(tags.map((tag) => [tag.id, tag]));
  const lines = [...unique.values()].map(({ id, text, group, data }) =>
    json({ id, name: text, group, data }),
  );
  return [
    `Mentioned above with an @, which is not part of the name:\n<mentions>\n${lines.join('\n')}\n</mentions>`,
  ];
}

/** A user's message as it was typed, and what it refers to beside it. */
function fromUser({ content, quoted_text: quoted }: UserMessageItem): AgentInputItem {
  const text = content
    .map((part) => (part.type === 'input_tag' ? `@${part.text}` : part.text))
    .join('');
  const tags = content.filter((part) => part.type === 'input_tag');
  return userText(
    text,
    ...(quoted ? [`The user refers to this:\n<quote>\n${quoted}\n</quote>`] : []),
    ...mentions(tags),
  );
}

/**
 * What the model is told of an item, in the order of the thread. Nothing of it may be left out without the
 * rest: a call without its output is an error.
 */
export function toInput(item: ThreadItem): AgentInputItem[] {
  switch (item.type) {
    case 'user_message':
      return [fromUser(item)];
    case 'assistant_message':
      return [
        {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: item.content.map(({ text }) => ({ type: 'output_text', text })),
        },
      ];
    case 'client_tool_call':
      if (item.status === 'pending') return [];
      return callAndOutput(item.call_id, item.name, json(item.arguments), json(item.output));
    case 'hidden_context_item': {
      const record = readToolRecord(item.content);
      if (record !== null) {
        return callAndOutput(record.call_id, record.name, record.arguments, record.output);
      }
      return [hidden(typeof item.content === 'string' ? item.content : json(item.content))];
    }
    case 'sdk_hidden_context':
      return [hidden(item.content)];
    case 'widget':
      return [note(`This widget was shown to the user (id ${item.id}):\n${json(item.widget)}`)];
    case 'structured_input': {
      const lines = item.inputs.map(({ question, answer }) => {
        if (answer === undefined) return `- ${question}: not answered`;
        return `- ${question}: ${answer.skipped ? 'skipped' : answer.values.join(', ')}`;
      });
      return [note(`The user was asked (${item.status}):\n${lines.join('\n')}`)];
    }
    case 'task':
      return taskNotes([item.task]);
    case 'workflow':
      return taskNotes(item.workflow.tasks);
    case 'generated_image':
      return item.image === undefined ? [] : [imageNote(item.image.url)];
    case 'end_of_turn':
      return [];
  }
}

type Task = Extract<ThreadItem, { type: 'task' }>['task'];

/** Only tasks that say something: a tool's name alone is shown to the visitor, and known to the model. */
function taskNotes(tasks: readonly Task[]): AgentInputItem[] {
  return tasks.flatMap((task) => {
    if (task.type !== 'custom' || !task.content) return [];
    const text = task.title ? `${task.title}: ${task.content}` : task.content;
    return [note(`The user was shown that this was done:\n${text}`)];
  });
}

const imageNote = (url: string): AgentInputItem => ({
  type: 'message',
  role: 'user',
  content: [
    { type: 'input_text', text: 'You made this image, and the user saw it.' },
    { type: 'input_image', image: url },
  ],
});
