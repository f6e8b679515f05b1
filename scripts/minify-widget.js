import { transform } from 'esbuild';

/**
 * Names of properties that only the widget's own modules know, or that mean nothing of the browser's here: long in the
 * source, short in the script.
 */
export const internalNames = [
  'callers',
  'cancel',
  'changeClient',
  'children',
  'controller',
  'corner',
  'covers',
  'defaults',
  'defineProperties',
  'element',
  'endpoint',
  'flight',
  'frameContainer',
  'fresh',
  'getSession',
  'hasHistory',
  'inline',
  'join',
  'kind',
  'onBackend',
  'onBackendChange',
  'onChatKitEvent',
  'onError',
  'onGuard',
  'onHistory',
  'onIntent',
  'onKeydown',
  'onNewChat',
  'onRetry',
  'onSession',
  'onState',
  'onToggle',
  'onUse',
  'ownHeader',
  'promise',
  'requestUpdate',
  'reset',
  'restart',
  'scriptOptions',
  'sessionOptions',
  'settings',
  'start',
  'startOnce',
  'storage',
  'tag',
  'timeoutMs',
  'update',
  'upgradeProperties',
  'usable',
  'used',
];

/**
 * Rollup plugin: makes style sheets in css`…` small.
 *
 * @returns {import('rollup').Plugin}
 */
export function minifyStyles() {
  return {
    name: 'minify-styles',
    async transform(code, id) {
      if (!id.endsWith('.styles.ts')) return null;
      let result = code;
      for (const [whole, text] of code.matchAll(/css\s*`([^`]*)`/g)) {
        const { code: small } = await transform(text ?? '', { loader: 'css', minify: true });
        result = result.replace(whole, () => `css\`${small.trim()}\``);
      }
      return { code: result, map: null };
    },
  };
}

/**
 * Rollup plugin, after the minifier: one word for all declarations compresses better than two.
 *
 * @returns {import('rollup').Plugin}
 */
export function unifyDeclarations() {
  return {
    name: 'unify-declarations',
    renderChunk: (code) => ({ code: code.replaceAll(/\bconst(?=[ {[])/g, 'let'), map: null }),
  };
}
