import { expect } from 'vitest';
import { Chat } from '../chat.js';
import { toMessageInput } from '../composer.js';
import {
  assistant,
  clientOf,
  created,
  done,
  ScriptedTransport,
  streamOf,
  user,
} from './scripted.js';

export const hello = toMessageInput({ text: 'hello' });
export const answered = (...rest: readonly object[]) =>
  streamOf(created('thr_1'), done(user('msg_1', 'hello')), done(assistant('msg_2', 'Hi')), ...rest);

/** A chat with a scripted server. */
export function setup(callTool: (call: unknown) => Promise<unknown> = () => Promise.resolve({})) {
  const transport = new ScriptedTransport();
  const emitted: (readonly [string, unknown])[] = [];
  const chat = new Chat({
    connect: () => transport.connect(),
    client: clientOf(transport),
    page: { emit: (name, detail) => emitted.push([name, detail]), callTool },
    onChange: () => undefined,
  });
  return {
    chat,
    transport,
    emitted: () => emitted.map(([name, detail]) => [name.replace('chatkit.', ''), detail]),
    items: () => {
      const { conversation } = chat.state;
      if (conversation.kind !== 'open') return conversation.kind;
      return conversation.items.map((item) =>
        'content' in item ? item.content.map(({ text }) => text).join('') : item.type,
      );
    },
    turn: () => chat.state.turn.kind,
    settled: () => expect.poll(() => chat.state.turn.kind).not.toBe('answering'),
  };
}
