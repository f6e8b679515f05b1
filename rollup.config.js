import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { minifyTemplates } from './scripts/minify-templates.js';

const ts = (tsconfig) =>
  typescript({
    tsconfig,
    compilerOptions: {
      module: 'ESNext',
      moduleResolution: 'Bundler',
      noEmit: false,
      declaration: false,
      outDir: undefined,
    },
  });

/**
 * A page may load the script twice. The second copy must not even evaluate Lit, whose Trusted Types policy
 * may be created only once: it hands its tag to the first one.
 */
const onlyOnce =
  'var first=window.taskpilotChat;if(first&&first.embed){first.embed(document.currentScript);return}';

/** One classic script that may be pasted into any page: no global but those of the contract. */
const widget = {
  input: 'widget/define.ts',
  output: { file: 'dist/taskpilot-chat.js', format: 'iife', intro: onlyOnce },
  plugins: [
    nodeResolve({ exportConditions: ['browser'] }),
    ts('tsconfig.widget.json'),
    minifyTemplates(),
    terser({
      ecma: 2020,
      compress: { passes: 3, unsafe_arrows: true },
      format: { comments: false },
    }),
  ],
};

/** The sandbox's browser half: a classic script in the page, and the application in the frame. */
const sandbox = ['chatkit', 'frame'].map((name) => ({
  input: `sandbox/browser/${name}.ts`,
  output: { file: `dist/sandbox/public/${name}.js`, format: 'iife' },
  plugins: [nodeResolve({ browser: true }), commonjs(), ts('tsconfig.browser.json')],
}));

export default [widget, ...sandbox];
