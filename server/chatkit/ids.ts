import { randomUUID } from 'node:crypto';

const prefixes = {
  thread: 'thr',
  message: 'msg',
  tool_call: 'tc',
  workflow: 'wf',
  task: 'tsk',
  sdk_hidden_context: 'shcx',
} as const;

/** What an id is for. Widgets, images and questions are messages, too. */
export type IdKind = keyof typeof prefixes;

export type NewId = (kind: IdKind) => string;

/** A prefix that tells what it names, and 80 random bits. */
export const newId: NewId = (kind) =>
  `${prefixes[kind]}_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
