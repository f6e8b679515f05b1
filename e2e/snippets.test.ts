// Adds `hide` to the schema of a route.
import type {} from '@fastify/swagger';
import { readdirSync, readFileSync } from 'node:fs';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { Chat } from './support/browser.js';
import { useWorld } from './support/suite.js';
import { built } from './support/world.js';

interface Snippet {
  readonly name: string;
  readonly language: string;
  readonly text: string;
}

/** The code blocks of a Markdown file; the ones inside of lists are indented. */
function snippetsOf(path: string): Snippet[] {
  const blocks = readFileSync(built(path), 'utf8').matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm);
  return [...blocks].map(([, indent = '', language = '', text = ''], index) => ({
    name: `${path}, block ${index + 1}`,
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** What a reader may copy from; docs/api is generated. */
const documents = [
  'README.md',
  ...['widget', 'server', 'sandbox'].map((folder) => `${folder}/README.md`),
  ...readdirSync(built('docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('api'))
    .map((path) => `docs/${path}`),
];

const all = documents.flatMap(snippetsOf);
const places = ({ text }: Snippet): boolean => /taskpilot-chat\.js|<taskpilot-chat/.test(text);

/** Blocks of HTML that a page can be made of. */
const pages = all.filter((snippet) => snippet.language === 'html' && places(snippet));
/** Scripts of a page, which run beside the async tag. */
const scripts = all.filter(
  ({ language, text }) =>
    language === 'js' && /\btaskpilotChat\.|querySelector\(/.test(text) && !/^import/m.test(text),
);
const programs = all.filter(({ language }) => ['js', 'ts', 'tsx'].includes(language));

const tag = `<script
  src="https://chat.example.com/taskpilot-chat.js"
  async
  data-session-endpoint="https://chat.example.com/api/chatkit/sessions"
></script>`;

const rendered = new Map<string, string>();

const suite = useWorld({
  prepare: (app, sandbox) => {
    const options = { schema: { hide: true } };
    app.get('/token', options, () => 'a-token');
    app.get<{ Params: { number: string } }>('/snippets/:number', options, (request, reply) => {
      const origin = `http://${request.host}`;
      const { chatkitSrc } = sandbox.base();
      const html = `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:," />
        <script>
          window.taskpilotChat = [['set', { chatkitSrc: ${JSON.stringify(chatkitSrc)} }]];
        </script>
        ${rendered
          .get(request.params.number)
          ?.replaceAll(/https:\/\/chat\.example\.com|http:\/\/localhost:3000/g, origin)
          .replaceAll('http://localhost:4000', new URL(chatkitSrc).origin)}`;
      return reply.type('text/html').send(html);
    });
  },
});

/** Opens the page, and the chat on it until it answers. */
async function answersOn(html: string): Promise<void> {
  const number = String(rendered.size);
  rendered.set(number, html);
  const { page, problems } = await suite.visit({ viewport: { width: 1000, height: 700 } });
  await page.goto(`${suite.world.url}/snippets/${number}`);
  const element = page.locator('taskpilot-chat');
  await element.waitFor({ state: 'attached' });
  expect(await element.count()).toBe(1);
  await element.evaluate((chat) => (chat as HTMLElement & { show: () => void }).show());
  await new Chat(page).ask('hello', 'I understand a few things about tasks');
  expect(problems).toEqual([]);
}

describe('Every snippet of the documentation', () => {
  it('is found', () => {
    expect(pages.length).toBeGreaterThan(9);
    expect(scripts.length).toBeGreaterThan(2);
    expect(programs.length).toBeGreaterThan(12);
  });

  it.each(pages)('answers as the page of $name', ({ text }) => answersOn(text));

  it.each(scripts)('runs beside the async tag: $name', ({ text }) =>
    answersOn(`<script>window.taskpilotChat ||= []; const report = console.log;
      const myApp = { accessToken: () => 'a-token' };</script>
      ${tag}<script type="module">${text}</script>`),
  );

  it.each(programs)('compiles: $name', async ({ language, text }) => {
    await transform(text, { loader: language as 'js' | 'ts' | 'tsx', format: 'esm' });
  });
});
