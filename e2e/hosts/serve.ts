import { readFile } from 'node:fs/promises';
// Adds `hide` to the schema of a route.
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { Sandbox } from '@taskpilot-chat/sandbox';
import { built } from '../support/world.js';
import { hostPages, specialPages } from './pages.js';

const schema = { hide: true };

/** Libraries of the pages, by their names below `/vendor/`. */
const libraries: Readonly<Record<string, string>> = {
  'zone.js': 'zone.js/bundles/zone.umd.min.js',
  'turbo.js': '@hotwired/turbo/dist/turbo.es2017-umd.js',
  'htmx.js': 'htmx.org/dist/htmx.min.js',
  'vue.js': 'vue/dist/vue.global.prod.js',
};

/** Adds the pages below `/hosts/`, and the libraries that they load. */
export function addHostPages(app: FastifyInstance, sandbox: Sandbox): void {
  const { chatkitSrc } = sandbox.base();
  const pages = { ...hostPages({ chatkitSrc }), ...specialPages({ chatkitSrc }) };
  for (const [name, { html, headers = {}, type = 'text/html' }] of Object.entries(pages)) {
    app.get(`/hosts/${name}`, { schema }, (request, reply) =>
      reply.headers(headers).type(type).send(html.replaceAll('{host}', request.host)),
    );
  }
  for (const [name, path] of Object.entries(libraries)) {
    app.get(`/vendor/${name}`, { schema }, async (_request, reply) =>
      reply.type('text/javascript').send(await readFile(built(`node_modules/${path}`))),
    );
  }
}
