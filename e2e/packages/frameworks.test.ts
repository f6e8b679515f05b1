import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chat, launchBrowser, visit } from '../support/browser.js';
import { startWorld, type World } from '../support/world.js';
import { installMs, runIn, usePacked } from './packed.js';

const project = usePacked('widget');

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** Folder of the application that is served. */
let site = '';
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
  void readFile(join(site, path)).then(
    (body) =>
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(body),
    () => response.writeHead(404).end(),
  );
});
let url: string;
let world: World;

beforeAll(async () => {
  await once(server.listen(0, 'localhost'), 'listening');
  url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  world = await startWorld({ env: { ALLOWED_ORIGINS: new URL(url).origin } });
}, installMs);
afterAll(async () => {
  server.close();
  await world.close();
});

/** What all the applications show: an element with these attributes. */
const attributes = () =>
  Object.entries({
    label: 'Chat with Ann',
    'session-endpoint': `${world.url}/api/chatkit/sessions`,
    'chatkit-src': world.sandbox.base().chatkitSrc,
  })
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ');

const reactPage = () => `import { TaskPilotChat } from 'taskpilot-chat/react';
export default function Page() {
  return <TaskPilotChat ${attributes()
    .replace('session-endpoint', 'sessionEndpoint')
    .replace('chatkit-src', 'chatkitSrc')} />;
}
`;

interface Framework {
  /** Of the registry. */
  readonly packages: readonly string[];
  readonly files: () => Readonly<Record<string, string>>;
  readonly build: readonly [command: string, ...args: string[]];
  /** Folder of what it builds. */
  readonly out: string;
}

const viteIndex = (main: string) =>
  `<!doctype html><html lang="en"><head><link rel="icon" href="data:," /><title>x</title></head><body><div id="app"></div><script type="module" src="/${main}"></script></body></html>`;

const next = (bundler: string): Framework => ({
  packages: ['react@19', 'react-dom@19', 'next@16'],
  files: () => ({
    'next.config.mjs': `export default { output: 'export' };`,
    'app/layout.jsx': `export default function Layout({ children }) {
  return <html lang="en"><head><link rel="icon" href="data:," /></head><body>{children}</body></html>;
}`,
    // A server component: the package's own 'use client' makes the border.
    'app/page.jsx': reactPage(),
  }),
  build: ['next', 'build', bundler],
  out: 'out',
});

const frameworks: Readonly<Record<string, Framework>> = {
  'React, built by Vite': {
    packages: ['react@19', 'react-dom@19', 'vite@8', '@vitejs/plugin-react@6'],
    files: () => ({
      'index.html': viteIndex('main.jsx'),
      'main.jsx': `import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import Page from './page.jsx';
createRoot(document.getElementById('app')).render(<StrictMode><Page /></StrictMode>);`,
      'page.jsx': reactPage(),
      'vite.config.js': `import react from '@vitejs/plugin-react';
export default { plugins: [react()] };`,
    }),
    build: ['vite', 'build'],
    out: 'dist',
  },
  'Next, built by webpack': next('--webpack'),
  'Next, built by Turbopack': next('--turbopack'),
  Vue: {
    packages: ['vue@3', 'vite@8', '@vitejs/plugin-vue@6'],
    files: () => ({
      'index.html': viteIndex('main.js'),
      'main.js': `import 'taskpilot-chat';
import { createApp } from 'vue';
import App from './App.vue';
createApp(App).mount('#app');`,
      'App.vue': `<template><taskpilot-chat ${attributes()} /></template>`,
      'vite.config.js': `import vue from '@vitejs/plugin-vue';
const isCustomElement = (tag) => tag === 'taskpilot-chat';
export default { plugins: [vue({ template: { compilerOptions: { isCustomElement } } })] };`,
    }),
    build: ['vite', 'build'],
    out: 'dist',
  },
  Svelte: {
    packages: ['svelte@5', 'vite@8', '@sveltejs/vite-plugin-svelte@7'],
    files: () => ({
      'index.html': viteIndex('main.js'),
      'main.js': `import 'taskpilot-chat';
import { mount } from 'svelte';
import App from './App.svelte';
mount(App, { target: document.getElementById('app') });`,
      'App.svelte': `<taskpilot-chat ${attributes()}></taskpilot-chat>`,
      'vite.config.js': `import { svelte } from '@sveltejs/vite-plugin-svelte';
export default { plugins: [svelte()] };`,
    }),
    build: ['vite', 'build'],
    out: 'dist',
  },
  'Astro, with its client router': {
    packages: ['astro@5'],
    files: () => ({
      'src/pages/index.astro': `---
import { ClientRouter } from 'astro:transitions';
---
<html lang="en"><head><link rel="icon" href="data:," /><title>x</title><ClientRouter /></head><body>
<taskpilot-chat ${attributes()} transition:persist></taskpilot-chat>
<script>import 'taskpilot-chat';</script>
</body></html>`,
    }),
    build: ['astro', 'build'],
    out: 'dist',
  },
  Angular: {
    packages: [
      '@angular/core@20',
      '@angular/common@20',
      '@angular/compiler@20',
      '@angular/platform-browser@20',
      '@angular/compiler-cli@20',
      '@angular/build@20',
      '@angular/cli@20',
      'rxjs@7',
      'typescript@5.9',
    ],
    files: () => ({
      'angular.json': JSON.stringify({
        version: 1,
        cli: { analytics: false },
        projects: {
          app: {
            projectType: 'application',
            root: '',
            sourceRoot: 'src',
            architect: {
              build: {
                builder: '@angular/build:application',
                options: {
                  browser: 'src/main.ts',
                  index: 'src/index.html',
                  outputPath: 'dist',
                  tsConfig: 'tsconfig.json',
                },
              },
            },
          },
        },
      }),
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          target: 'ES2022',
          module: 'ES2022',
          moduleResolution: 'bundler',
          strict: true,
          skipLibCheck: true,
          lib: ['ES2023', 'DOM'],
        },
        files: ['src/main.ts'],
      }),
      'src/index.html':
        '<!doctype html><html lang="en"><head><base href="/" /><link rel="icon" href="data:," /><title>x</title></head><body><app-root></app-root></body></html>',
      'src/main.ts': `import 'taskpilot-chat';
import { Component, CUSTOM_ELEMENTS_SCHEMA, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
@Component({
  selector: 'app-root',
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: \`<taskpilot-chat ${attributes()}></taskpilot-chat>\`,
})
class App {}
void bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });`,
    }),
    build: ['ng', 'build'],
    out: 'dist/browser',
  },
};

describe('The packed widget in an application', () => {
  it.each(Object.entries(frameworks))(
    'is built and answers: %s',
    async (name, { packages, files, build, out }) => {
      const cwd = await project(
        name.toLowerCase().replaceAll(/\W+/g, '-'),
        ['taskpilot-chat', ...packages],
        files(),
        // Some of them need a newer Node on paper.
        ['--no-engine-strict'],
      );
      const [command, ...args] = build;
      await runIn(cwd, command, args);
      site = join(cwd, out);
      const browser = await launchBrowser();
      try {
        const { page, problems } = await visit(browser);
        await page.goto(url);
        const chat = new Chat(page, 'Chat with Ann');
        await chat.bubble.click();
        await chat.ask('add water the plants', 'Added water the plants');
        expect(await page.locator('taskpilot-chat').count()).toBe(1);
        expect(problems).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    installMs,
  );
});
