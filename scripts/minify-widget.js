import { transform } from 'esbuild';

/**
 * Names of properties that only the widget's own modules know, and that are no names of the browser's: long in the
 * source, short in the script.
 */
export const internalNames = [
  'callers',
  'changeClient',
  'controller',
  'corner',
  'covers',
  'defaults',
  'defineProperties',
  'endpoint',
  'flight',
  'frameContainer',
  'fresh',
  'getSession',
  'hasHistory',
  'join',
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
  'restart',
  'scheme',
  'scriptOptions',
  'sessionOptions',
  'settings',
  'startOnce',
  'timeoutMs',
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
