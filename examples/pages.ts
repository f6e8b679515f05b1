import { randomBytes } from 'node:crypto';

/** What a page needs to know of the service that it is shown by. */
export interface PageContext {
  /** Path before `/api/chatkit/sessions`; empty, or `/scenarios/<name>`. */
  readonly prefix: string;
  /** The sandbox's ChatKit script; null for OpenAI's own, and then nothing is put in its place. */
  readonly chatkitSrc: string | null;
  /** HTML that takes the place of `<!-- strip -->`. */
  readonly strip: string;
}

export interface Page {
  /** Where the page is served. */
  readonly path: string;
  /** Its file in examples/pages. */
  readonly file: string;
  readonly policy: (chatkit: string, nonce: string) => string;
}

export interface RenderedPage {
  readonly html: string;
  /** The content security policy that the page must be sent with. */
  readonly policy: string;
}

const openAiScript = 'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js';

/**
 * The usual policy of a page with the chat. Inline style elements are allowed because ChatKit brings one;
 * the page itself has none. What happens without that allowance is shown by the strict page.
 */
const usualPolicy: Page['policy'] = (chatkit) =>
  [
    "default-src 'none'",
    `script-src 'self' ${chatkit}`,
    "style-src 'self'",
    "style-src-elem 'self' 'unsafe-inline'",
    "img-src 'self'",
    "connect-src 'self'",
    `frame-src ${chatkit}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/** The playground shows it in a frame. */
const previewPolicy: Page['policy'] = (...args) =>
  usualPolicy(...args).replace("frame-ancestors 'none'", "frame-ancestors 'self'");

/** The chat is in the frame, so that the page itself needs nothing of OpenAI. */
const playgroundPolicy: Page['policy'] = () =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

/** As strict as a page can be: what docs/widget.md promises to be enough, and nothing else. */
const strictPolicy: Page['policy'] = (chatkit, nonce) =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    `frame-src ${chatkit}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types taskpilot-chat lit-html',
  ].join('; ');

/** Every page that the examples serve, and nothing but these. */
export const pages: readonly Page[] = [
  { path: '/', file: 'board.html', policy: usualPolicy },
  { path: '/chat', file: 'chat.html', policy: usualPolicy },
  { path: '/playground', file: 'playground.html', policy: playgroundPolicy },
  { path: '/playground/preview', file: 'playground-preview.html', policy: previewPolicy },
  { path: '/examples/', file: 'index.html', policy: usualPolicy },
  { path: '/examples/script-tag', file: 'script-tag.html', policy: usualPolicy },
  { path: '/examples/inline', file: 'inline.html', policy: usualPolicy },
  { path: '/examples/strict-csp', file: 'strict-csp.html', policy: strictPolicy },
  { path: '/examples/themed', file: 'themed.html', policy: usualPolicy },
  { path: '/examples/react', file: 'react.html', policy: usualPolicy },
];

/**
 * The page as it is sent. The files are real pages that a developer can copy; only this is put in:
 * the session endpoint's prefix and the sandbox's script beside it (neither when the page talks to OpenAI),
 * a fresh nonce for `{{nonce}}`, the policy for `{{policy}}` and the strip for `<!-- strip -->`.
 */
export function renderPage(page: Page, file: string, context: PageContext): RenderedPage {
  const { prefix, chatkitSrc, strip } = context;
  const nonce = randomBytes(16).toString('base64');
  const policy = page.policy(new URL(chatkitSrc ?? openAiScript).origin, nonce);
  const html = file
    .replace(
      /(data-)?session-endpoint="(\/api\/chatkit\/sessions)"/g,
      (_, data = '', path: string) => {
        const source = chatkitSrc ? ` ${data}chatkit-src="${chatkitSrc}"` : '';
        return `${data}session-endpoint="${prefix}${path}"${source}`;
      },
    )
    .replaceAll(openAiScript, () => chatkitSrc ?? openAiScript)
    .replaceAll('{{nonce}}', () => nonce)
    .replaceAll('{{policy}}', () => policy.replaceAll('; ', ';\n'))
    .replace('<!-- strip -->', () => strip);
  return { html, policy };
}
