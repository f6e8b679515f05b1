import { describe, expect, it } from 'vitest';
import { parseSource, readSources, type Import, type Source } from './sources.js';

/** A rule of docs/architecture.md: what a file at a place must not do. */
interface Rule {
  readonly title: string;
  readonly applies: (path: string) => boolean;
  /** What is wrong with the file; empty when nothing is. */
  readonly faults: (source: Source) => readonly string[];
}

const within =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(`${folder}/`));
const isTest = (path: string) => /\.test\.tsx?$/.test(path) || path.includes('/test/');

const importing = (forbidden: (imported: Import) => boolean) => (source: Source) =>
  source.imports.filter(forbidden).map(({ target }) => `imports ${target}`);
const accessing = (access: string) => (source: Source) =>
  source.accesses.has(access) ? [`uses ${access}`] : [];
const fromPackage =
  (...names: string[]) =>
  (imported: Import) =>
    names.some((name) => imported.target === name || imported.target.startsWith(`${name}/`));
/** The one thing the two halves share: how a session's answer looks, as a type. */
const isSessionAnswer = ({ target, typeOnly }: Import) =>
  typeOnly && /^(widget|server)\/session/.test(target);

const rules: readonly Rule[] = [
  {
    title: 'widget/ never imports server/',
    applies: within('widget'),
    faults: importing(
      (imported) => within('server')(imported.target) && !isSessionAnswer(imported),
    ),
  },
  {
    title: 'server/ and cli/ never import widget/',
    applies: within('server', 'cli'),
    faults: importing(
      (imported) => within('widget')(imported.target) && !isSessionAnswer(imported),
    ),
  },
  {
    title: 'widget/ and server/ never import sandbox/, examples/ or e2e/',
    applies: within('widget', 'server'),
    faults: importing(({ target }) =>
      within('sandbox', 'examples', 'e2e', 'benchmarks', 'cli')(target),
    ),
  },
  {
    title: 'sandbox/ uses nothing of the product but server/chatkit/',
    applies: within('sandbox'),
    faults: importing(
      ({ target }) =>
        within('widget', 'server', 'examples', 'e2e', 'cli')(target) &&
        !within('server/chatkit')(target),
    ),
  },
  {
    title:
      "inside widget/, only chatkit/ imports OpenAI's packages (session.ts and react.ts: types)",
    applies: (path) => within('widget')(path) && !within('widget/chatkit')(path),
    faults: (source) =>
      importing(
        (imported) =>
          fromPackage('@openai')(imported) &&
          !(imported.typeOnly && ['widget/session.ts', 'widget/react.ts'].includes(source.path)),
      )(source),
  },
  {
    title: "inside widget/, only chatkit/ names OpenAI's element or its host",
    applies: (path) => within('widget')(path) && !within('widget/chatkit')(path),
    faults: ({ strings }) =>
      strings
        .filter((text) => /openai-chatkit|cdn\.platform\.openai\.com/.test(text))
        .map((text) => `says “${text}”`),
  },
  {
    title:
      'inside widget/, only react.ts knows React and its binding; nothing else has a dependency',
    applies: (path) => within('widget')(path) && path !== 'widget/react.ts',
    faults: importing(
      (imported) => !imported.typeOnly && fromPackage('lit', '@lit', 'react')(imported),
    ),
  },
  {
    title: 'widget/session/ stands alone: nothing of ChatKit, nothing of the element',
    applies: within('widget/session'),
    faults: importing(
      ({ target, typeOnly }) =>
        !within('widget/session')(target) &&
        !['widget/errors', 'widget/single-flight', 'widget/storage'].includes(target) &&
        !typeOnly,
    ),
  },
  {
    title: 'inside server/, only sessions/hosted.ts and agent/ import OpenAI packages',
    applies: (path) =>
      within('server', 'cli')(path) &&
      path !== 'server/sessions/hosted.ts' &&
      !within('server/agent')(path),
    faults: importing(fromPackage('openai', '@openai')),
  },
  {
    title: 'inside server/, only storage/ knows SQL',
    applies: (path) => within('server', 'cli')(path) && !within('server/storage')(path),
    faults: importing(fromPackage('drizzle-orm', 'pg', '@electric-sql')),
  },
  {
    title: 'inside server/, only config.ts reads the environment (main.ts hands it over)',
    applies: (path) =>
      within('server')(path) && !['server/config.ts', 'server/main.ts'].includes(path),
    faults: accessing('process.env'),
  },
  {
    title: 'only main.ts and cli/ end the process',
    applies: (path) => path !== 'server/main.ts' && !within('cli')(path),
    faults: accessing('process.exit'),
  },
];

function violations(rule: Rule, sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => rule.applies(path) && !isTest(path))
    .flatMap((source) => rule.faults(source).map((fault) => `${source.path} ${fault}`));
}

describe('The rules of the tree', () => {
  const sources = readSources(['widget', 'server', 'cli', 'sandbox', 'examples']);

  it('looks at every half of the product', () => {
    for (const folder of ['widget', 'server', 'sandbox', 'examples']) {
      expect(sources.some(({ path }) => within(folder)(path))).toBe(true);
    }
  });

  for (const rule of rules) {
    it(rule.title, () => {
      expect(violations(rule, sources)).toEqual([]);
    });
  }
});

describe('The check of the rules', () => {
  it.each([
    ['widget/a.ts', "import { app } from '../server/app.js';"],
    ['widget/a.ts', "export * from '../server/sessions/index.js';"],
    ['widget/views/a.ts', "const app = await import('../../sandbox/index.js');"],
    ['widget/views/a.ts', "import type { ChatKitOptions } from '@openai/chatkit';"],
    ['widget/views/a.ts', "const tag = 'openai-chatkit';"],
    ['widget/chat-state.ts', "import { html } from 'lit';"],
    ['widget/session/client.ts', "import { tag } from '../chatkit/index.js';"],
    ['server/app.ts', "import { errorCodes } from '../widget/errors.js';"],
    ['server/app.ts', "import OpenAI from 'openai';"],
    ['server/app.ts', "import { sql } from 'drizzle-orm/pg-core';"],
    ['server/plugins/auth.ts', 'const home = process.env.HOME;'],
    ['server/app.ts', 'process.exit(1);'],
    ['sandbox/index.ts', "import { buildApp } from '../server/index.js';"],
  ])('finds what is wrong with %s: %s', (path, text) => {
    const source = parseSource(path, text);
    expect(rules.flatMap((rule) => violations(rule, [source]))).toHaveLength(1);
  });

  it.each([
    [
      'widget/session/client.ts',
      "import type { SessionAnswer } from '../../server/sessions/schema.js';",
    ],
    ['widget/session.ts', "import { type ChatKitOptions } from '@openai/chatkit';"],
    ['sandbox/index.ts', "import { MemoryStore } from '../server/chatkit/index.js';"],
    ['server/app.test.ts', 'process.env;'],
  ])('accepts %s: %s', (path, text) => {
    const source = parseSource(path, text);
    expect(rules.flatMap((rule) => violations(rule, [source]))).toEqual([]);
  });
});
