import type { WorldOptions } from './world.js';
// Adds `hide` to the schema of a route.
import type {} from '@fastify/swagger';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

/**
 * Serves a small page with landmarks of its own under `/guest`. Parameters of the query become attributes of the script
 * tag; `lang`, `dir` and `style` those of the document element; with `inside` the chat is in the page's main part.
 */
export const guestPage: NonNullable<WorldOptions['prepare']> = (app, sandbox) => {
  const { chatkitSrc } = sandbox.base();
  app.get<{ Querystring: Record<string, string> }>(
    '/guest',
    { schema: { hide: true } },
    (request, reply) => {
      const { lang = 'en', dir = 'ltr', style = '', inside, ...attributes } = request.query;
      const all = {
        'session-endpoint': '/api/chatkit/sessions',
        'chatkit-src': chatkitSrc,
        ...attributes,
      };
      const list = (prefix: string): string =>
        Object.entries(all)
          .map(([name, value]) => `${prefix}${name}="${escape(value)}"`)
          .join(' ');
      const isInside = inside !== undefined;
      return reply.type('text/html').send(`<!doctype html>
<html lang="${escape(lang)}" dir="${escape(dir)}" style="${escape(style)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A page</title>
<link rel="icon" href="data:,">
<style>
  body { margin: 0; font: 16px/1.5 system-ui; background: Canvas; color: CanvasText }
  header, main, footer { padding: 16px 24px }
  .box { height: 500px; max-width: 600px }
</style>
<script src="/taskpilot-chat.js" async ${isInside ? '' : list('data-')}></script>
</head>
<body>
<header><a href="/">Home</a></header>
<main>
<h1>Plans and prices</h1>
${isInside ? `<div class="box"><taskpilot-chat ${list('')}></taskpilot-chat></div>` : ''}
${'<p>Boards, reminders and reports for teams of any size.</p>'.repeat(30)}
</main>
<footer>TaskPilot</footer>
</body>
</html>`);
    },
  );
};
