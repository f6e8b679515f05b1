import { describe, expect, it } from 'vitest';
import { installMs, runIn, strict, usePacked } from './packed.js';

const project = usePacked('widget', 'server');

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

/** An application with a type of its own for those who ask, and fields of its own for its tools. */
const service = `import { Agent, run, tool, type RunContext } from '@openai/agents';
import {
  chatkitServer,
  contextOf,
  createAgentContext,
  createAgentResponder,
  MemoryStore,
  streamAgentResponse,
  taskpilotChat,
  toAgentInput,
  type AgentContext,
  type AgentInput,
  type AgentInputHooks,
  type ChatKitServerPluginOptions,
  type Config,
  type Responder,
  type ResponderContext,
  type TaskPilotChatOptions,
} from '@taskpilot-chat/server';
import { ChatKitServer } from '@taskpilot-chat/server/chatkit';
import fastify from 'fastify';
import { z } from 'zod';

interface App {
  readonly org: string;
  readonly roles: readonly ('admin' | 'reader')[];
}
interface Shop {
  readonly shop: { find(org: string): Promise<string> };
}
type Context = AgentContext<App> & Shop;
declare const shop: Shop['shop'];
declare const config: Config;

const find = tool({
  name: 'find',
  description: 'Finds it.',
  parameters: z.object({}),
  execute: async (_input, running?: RunContext<Context>) => {
    const org: string | undefined = running?.context.caller.org;
    return running?.context.shop.find(org ?? '');
  },
});
const show = tool({
  name: 'show',
  description: 'Shows it.',
  parameters: z.object({}),
  execute: async (_input, running) => {
    const context = contextOf<App>(running);
    await context.streamWidget({ type: 'Card', children: [] });
    // @ts-expect-error the application has no such field
    context.caller.organisation;
    return context.caller.roles.join();
  },
});
const agent = new Agent<Context>({
  name: 'Support',
  instructions: ({ context }) => context.caller.org.toUpperCase() + context.locale + context.user,
  tools: [find, show],
});

const hooks = ({ user }: AgentContext): AgentInputHooks => ({
  tag: async ({ id }) => ({ id, user }),
  hidden: ({ content }) => (typeof content === 'string' ? content : null),
  answer: async ({ text, annotations }) => text + String(annotations.length),
});
const input: AgentInput = hooks;

const responder: Responder<App> = {
  async *respond(thread, message, context) {
    const admin: boolean = context.caller.roles.includes('admin');
    // @ts-expect-error no such role
    context.caller.roles.includes('owner');
    const own = createAgentContext(thread, context, { shop, admin });
    own.admin satisfies boolean;
    own.caller.org satisfies string;
    const { data } = await context.store.loadItems(thread.id, { limit: 9, order: 'asc' }, context);
    const result = await run(agent, await toAgentInput(data, hooks(own), context), {
      stream: true,
      context: own,
      signal: context.signal,
    });
    yield* streamAgentResponse(own, result, { citation: async (_citation, usual) => usual });
    // @ts-expect-error the responder's context is none of an agent's run
    yield* streamAgentResponse(context, result);
  },
  async syncAction(_thread, { type }, sender, { caller }) {
    caller.org satisfies string;
    return sender === null || type === '' ? {} : { updated_item: sender };
  },
};

/** Tools get what \`authenticate\` returns from the ready responder, too. */
export const ready: Promise<Responder<App>> = createAgentResponder({
  agent,
  input,
  history: 'response',
  openai: { apiKey: 'sk', baseUrl: 'https://api.openai.com/v1' },
  onFailure: ({ code }) => console.error(code),
});
// @ts-expect-error not a value of the option
createAgentResponder({ history: 'browser', openai: { apiKey: '', baseUrl: '' }, onFailure: console.error });

const app = fastify();
const options: TaskPilotChatOptions<App> = {
  config,
  responder,
  authenticator: {
    authenticate: async (request) => ({ user: request.ip, org: 'acme', roles: ['admin'] }),
  },
};
await app.register(taskpilotChat, options);
const plugin: ChatKitServerPluginOptions<App> = {
  responder,
  store: new MemoryStore(),
  authenticate: async (request) => ({ user: request.ip, org: 'acme', roles: ['reader'] }),
};
await app.register(chatkitServer, plugin);

const server = new ChatKitServer<App>({ store: new MemoryStore(), responder });
const { signal } = new AbortController();
await server.process({}, { user: 'ada', caller: { user: 'ada', org: 'acme', roles: [] }, signal });
// @ts-expect-error the caller lacks its roles
await server.process({}, { user: 'ada', caller: { user: 'ada', org: 'acme' }, signal });

export const greet = ({ caller }: ResponderContext<App>): string => caller.org;
`;

const { compilerOptions } = JSON.parse(strict('nodenext', 'NodeNext')) as {
  compilerOptions: object;
};
const serverConfig = JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] } });

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

describe('The types of @taskpilot-chat/server, packed', () => {
  it(
    'A6: carry the application’s own fields and context to responders, agents and tools',
    async () => {
      const cwd = await project(
        'types-service',
        [
          ...['@taskpilot-chat/server', '@openai/agents@0.14', 'zod@4', 'fastify@5'],
          ...['typescript@6.0', '@types/node@20'],
        ],
        { 'tsconfig.json': serverConfig, 'service.ts': service },
      );
      await runIn(cwd, 'tsc');
    },
    installMs,
  );
});
