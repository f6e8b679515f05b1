import { describe, expect, it } from 'vitest';
import { installMs, runIn, strict, usePacked } from './packed.js';

const project = usePacked('widget');

const element = `import 'taskpilot-chat';
import { TaskPilotChatError, type TaskPilotChatErrorCode } from 'taskpilot-chat/element';
import { chatKitApi } from 'taskpilot-chat/session';
const chat = document.createElement('taskpilot-chat');
chat.layout = 'inline';
// @ts-expect-error no such layout
chat.layout = 'flotaing';
chat.addEventListener('taskpilot-error', ({ detail }) => {
  const code: TaskPilotChatErrorCode = detail.error.code;
  console.log(code, detail.error instanceof TaskPilotChatError);
});
chat.addEventListener('click', (event) => event.clientX.toFixed());
chat.addEventListener('chatkit.thread.change', ({ detail }) => detail.threadId?.length);
document.addEventListener('taskpilot-unread', ({ detail }) => detail.count.toFixed());
document.querySelector('taskpilot-chat')?.sendMessage('Hi').catch(console.error);
export const api = chatKitApi;
`;

const component = `import { TaskPilotChat } from 'taskpilot-chat/react';
export const page = (
  <TaskPilotChat label="Help" prompts={['Hi']} onUnread={({ detail }) => detail.count.toFixed()} />
);
// @ts-expect-error no such layout
export const bad = <TaskPilotChat layout="flotaing" />;
// The component brings the types of the element as well.
export const raw = <taskpilot-chat layout="inline" />;
`;

const tsx = `import type {} from 'taskpilot-chat/jsx';
export const page = (
  <taskpilot-chat
    layout="inline"
    session-endpoint="/sessions"
    teaser-delay={3}
    open
    className="chat"
    getAuthToken={() => 'jwt'}
    ontaskpilot-unread={(event) => event.detail.count.toFixed()}
    ref={(chat) => chat?.show()}
  />
);
// @ts-expect-error no such layout
export const layout = <taskpilot-chat layout="flotaing" />;
// @ts-expect-error no such radius
export const radius = <taskpilot-chat radius="rounded" />;
// @ts-expect-error as an attribute it is session-endpoint
export const endpoint = <taskpilot-chat sessionEndpoint="/sessions" />;
`;

/** A good template, and one whose every line has a mistake. */
const templates = (start: string, on: string, end = '/>') => ({
  good: `${start}
<taskpilot-chat class="chat" layout="inline" session-endpoint="/sessions" teaser-delay="3" open ${on} ${end}
`,
  bad: `${start}
<taskpilot-chat layout="flotaing" ${end}
<taskpilot-chat color-scheme="black" ${end}
`,
});

/** The lines of a template's checker that report a mistake. */
const mistakes = async (checking: Promise<string>): Promise<string[]> => {
  const output = await checking.catch((error: unknown) => (error as Error).message);
  return output.split('\n').filter((line) => /error/i.test(line) && line.includes('Type'));
};

describe('The types of taskpilot-chat, packed', () => {
  it.each([
    ['bundler', 'ESNext'],
    ['nodenext', 'NodeNext'],
  ])(
    'W16, W32: hold in TypeScript and TSX, with moduleResolution %s',
    async (moduleResolution, module) => {
      const cwd = await project(
        `types-${moduleResolution}`,
        ['taskpilot-chat', 'react@19', '@types/react@19', 'typescript@6.0'],
        {
          'tsconfig.json': strict(moduleResolution, module),
          'element.ts': element,
          'component.tsx': component,
          'page.tsx': tsx,
        },
      );
      await runIn(cwd, 'tsc');
    },
    installMs,
  );

  it(
    'need neither React nor Vue nor Svelte',
    async () => {
      const cwd = await project('types-alone', ['taskpilot-chat', 'typescript@6.0'], {
        'tsconfig.json': strict('bundler', 'ESNext'),
        'element.ts': element,
      });
      await runIn(cwd, 'tsc');
    },
    installMs,
  );

  it(
    'W16: hold in templates of Vue',
    async () => {
      const { good, bad } = templates(
        `<script setup lang="ts">import type {} from 'taskpilot-chat/vue';</script>\n<template>`,
        `:options="{}" @taskpilot-unread="(event) => event.detail.count.toFixed()"`,
      );
      const cwd = await project(
        'types-vue',
        ['taskpilot-chat', 'vue@3.5', 'vue-tsc@3', 'typescript@6.0'],
        {
          'good/tsconfig.json': strict('bundler', 'ESNext', {
            vueCompilerOptions: { strictTemplates: true },
          }),
          'bad/tsconfig.json': strict('bundler', 'ESNext'),
          'good/Page.vue': `${good}</template>`,
          'bad/Page.vue': `${bad}</template>`,
        },
      );
      await runIn(cwd, 'vue-tsc', ['--project', 'good']);
      const found = await mistakes(runIn(cwd, 'vue-tsc', ['--project', 'bad']));
      expect(found).toEqual([
        expect.stringContaining('flotaing'),
        expect.stringContaining('black'),
      ]);
    },
    installMs,
  );

  it(
    'W16: hold in Svelte',
    async () => {
      const { good, bad } = templates(
        `<script lang="ts">import type {} from 'taskpilot-chat/svelte';</script>`,
        `options={{}} ontaskpilot-unread={(event) => event.detail.count.toFixed()}`,
        '></taskpilot-chat>',
      );
      const config = strict('bundler', 'ESNext');
      const cwd = await project(
        'types-svelte',
        ['taskpilot-chat', 'svelte@5', 'svelte-check@4', 'typescript@6.0'],
        {
          'good/tsconfig.json': config,
          'bad/tsconfig.json': config,
          'good/Page.svelte': good,
          'bad/Page.svelte': bad,
        },
      );
      const check = (folder: string) =>
        runIn(cwd, 'svelte-check', [
          ...['--workspace', folder, '--tsconfig', './tsconfig.json'],
          ...['--output', 'machine'],
        ]);
      await check('good');
      expect(await mistakes(check('bad'))).toEqual([
        expect.stringContaining('flotaing'),
        expect.stringContaining('black'),
      ]);
    },
    installMs,
  );
});
