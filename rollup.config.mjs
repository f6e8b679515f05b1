import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { defaultMinifyOptions, defaultStrategy } from '@literals/html-css-minifier';
import { literalsHtmlCssMinifier } from '@literals/rollup-plugin-html-css-minifier';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import { transformSync } from 'esbuild';

/**
 * Around the one script. A page may load it twice: the second copy hands its tag to the first one, and does nothing else.
 * Lit throws while it is evaluated where the page's list of Trusted Types policies lacks its own.
 */
export const around = {
  intro:
    'try{let first=customElements.get("taskpilot-chat");if(first&&Object.hasOwn(first,"embed"))return first.embed();',
  outro:
    '}catch(error){if(!/lit-html/.test(error))throw error;console.error("[taskpilot-chat] trusted-types must allow lit-html: "+error)}',
};

/** Styles by esbuild: the plugin's own minifier rounds large numbers, such as that of a z-index. */
const strategy = {
  ...defaultStrategy,
  minifyCSS: (css) => transformSync(css, { loader: 'css', minify: true }).code.trim(),
};

const minifyOptions = {
  ...defaultMinifyOptions,
  removeAttributeQuotes: true,
};

/** The languages of the widget's own texts, English apart: each file in widget/strings that is called like one. */
export const languages = readdirSync(new URL('widget/strings', import.meta.url))
  .filter((name) => /^(?!en)[a-z]{2}(-[A-Z]{2})?\.ts$/.test(name))
  .map((name) => basename(name, '.ts'));

/** The one script fetches its languages from beside itself; the modules leave it to the bundler of the page. */
const besideScript = {
  name: 'beside-script',
  resolveId(source, importer) {
    return source === './modules.js' ? this.resolve('./beside-script.js', importer) : null;
  },
};

const minify = () =>
  terser({
    ecma: 2022,
    compress: { passes: 3, unsafe_arrows: true, keep_fargs: false },
    format: { comments: false },
  });

/** One classic script that may be pasted into any page: no global but those of the contract. */
const widget = {
  input: 'widget/dist/modules/define.js',
  output: { file: 'widget/dist/taskpilot-chat.js', format: 'iife', ...around },
  plugins: [
    besideScript,
    nodeResolve({ exportConditions: ['browser'] }),
    literalsHtmlCssMinifier({
      include: ['widget/**'],
      failOnError: true,
      options: { strategy, minifyOptions },
    }),
    minify(),
  ],
};

/** What the one script fetches. */
const texts = {
  input: Object.fromEntries(
    languages.map((language) => [language, `widget/dist/modules/strings/${language}.js`]),
  ),
  output: { dir: 'widget/dist/taskpilot-chat', format: 'es' },
  plugins: [minify()],
};

/** The sandbox's browser half: a classic script in the page, and the application in the frame. */
const sandbox = ['page/chatkit.js', 'frame/frame.js'].map((path) => ({
  input: `sandbox/dist/${path}`,
  output: { file: `sandbox/dist/public/${basename(path)}`, format: 'iife' },
  plugins: [nodeResolve({ browser: true }), commonjs(), terser()],
}));

/** The operator's page, which the service serves itself. */
const admin = {
  input: 'server/dist/admin-page/main.js',
  output: { file: 'server/dist/public/admin/page.js', format: 'es' },
  plugins: [nodeResolve({ exportConditions: ['browser'] }), minify()],
};

export default [widget, texts, ...sandbox, admin];
