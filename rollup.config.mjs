import { basename } from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import { internalNames, minifyStyles, unifyDeclarations } from './scripts/minify-widget.js';

/** A page may load the script twice: the second copy hands its tag to the first one, and does nothing else. */
const onlyOnce =
  'let first=customElements.get("taskpilot-chat");if(first&&first.embed)return first.embed(document.currentScript);';

/** One classic script that may be pasted into any page: no global but those of the contract. */
const widget = {
  input: 'widget/dist/modules/define.js',
  output: { file: 'widget/dist/taskpilot-chat.js', format: 'iife', intro: onlyOnce },
  plugins: [
    nodeResolve({ exportConditions: ['browser'] }),
    minifyStyles(),
    terser({
      ecma: 2020,
      compress: { passes: 3, unsafe_arrows: true },
      mangle: {
        properties: { builtins: true, regex: new RegExp(`^(${internalNames.join('|')})$`) },
      },
      format: { comments: false },
    }),
    unifyDeclarations(),
  ],
};

/** The sandbox's browser half: a classic script in the page, and the application in the frame. */
const sandbox = ['page/chatkit.js', 'frame/frame.js'].map((path) => ({
  input: `sandbox/dist/${path}`,
  output: { file: `sandbox/dist/public/${basename(path)}`, format: 'iife' },
  plugins: [nodeResolve({ browser: true }), commonjs(), terser()],
}));

export default [widget, ...sandbox];
