import { existsSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { defaultAssets } from '../http/script.js';

/** Nothing but the page's own script and requests; no inline style, and no text that becomes markup but Lit's. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

// Addresses beside that of the page, so that they hold under any prefix.
const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>TaskPilot Chat: conversations</title>
<link rel="icon" href="admin/icon.svg">
<script type="module" src="admin/page.js"></script>
</head>
<body>
<taskpilot-admin></taskpilot-admin>
<noscript>This page needs JavaScript.</noscript>
</body>
</html>
`;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#2f6fde" d="M3 2h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H8l-4 3v-3H3a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2z"/></svg>`;

/** Serves the operator's page: a document, its script and its icon. They are public; all data needs a token. */
export function adminPage(
  app: FastifyInstance,
  { assets = defaultAssets }: { assets?: string },
  done: (error?: Error) => void,
): void {
  const schema = { hide: true };
  const path = `${assets}/admin/page.js`;
  const script = existsSync(path) ? readFileSync(path) : null;
  if (script === null) app.log.warn('The operator’s page is not built: run npm run build.');
  const etag = `"${createHash('sha256')
    .update(script ?? '')
    .digest('hex')
    .slice(0, 16)}"`;

  app.get('/admin', { schema }, (_request, reply) =>
    reply
      .header('content-security-policy', policy)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(html),
  );
  app.get('/admin/', { schema }, (_request, reply) => reply.redirect('../admin', 308));
  app.get('/admin/icon.svg', { schema }, (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('image/svg+xml').send(icon),
  );
  if (script !== null) {
    app.get('/admin/page.js', { schema }, (request, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', etag);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type('text/javascript; charset=utf-8').send(script);
    });
  }
  done();
}
