import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { configs as lit } from 'eslint-plugin-lit';
import globals from './scripts/globals.js';
import tseslint from 'typescript-eslint';

const tests = ['**/*.test.ts', '**/*.test.tsx', '**/test/**'];

/** Forbids imports; `allowTypes` lets types through, of which nothing remains at run time. */
const without = (message, regexes, allowTypes = false) =>
  regexes.map((regex) => ({ regex, message, allowTypeImports: allowTypes }));

/** A path into one of these folders of the workspace, or its package. */
const into = (...folders) => [
  `^(\\.\\./)+(${folders.join('|')})/`,
  ...(folders.includes('widget') ? ['^taskpilot-chat(/|$)'] : []),
  ...folders
    .filter((folder) => ['server', 'sandbox', 'examples'].includes(folder))
    .map((folder) => `^@taskpilot-chat/${folder}(/|$)`),
];
const openai = ['^openai(/|$)', '^@openai/'];
const sql = ['^drizzle-orm(/|$)', '^pg$', '^@electric-sql/'];

const widgetBorder = without('The widget runs in pages: it knows nothing of the other packages.', [
  ...into('server', 'sandbox', 'examples', 'e2e', 'benchmarks'),
]);
const serverBorder = without(
  'The service knows nothing of the page, nor of what stands in for OpenAI.',
  [...into('widget', 'sandbox', 'examples', 'e2e', 'benchmarks')],
);
const sdkBorder = without('Only sessions/hosted.ts and agent/ import packages of OpenAI.', openai);
const sqlBorder = without('Only storage/ knows SQL.', sql);
const outsideChatkit = without(
  'chatkit/ is the protocol alone: it imports nothing of the service.',
  ['^(\\.\\./)+(agent|auth|cli|http|plugins|sessions|storage|testing)/', '^(\\.\\./)+[^/]+\\.js$'],
);

const imports = (files, patterns, ignores = tests) => ({
  files,
  ignores,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});

/** `process.env` and `process.exit` outside the files that may use them. */
const processRules = (files, ...properties) => ({
  files,
  ignores: tests,
  rules: {
    'no-restricted-properties': [
      'error',
      ...properties.map((property) => ({
        object: 'process',
        property,
        message: {
          env: 'Only environment.ts reads the environment.',
          exit: 'Only main.ts and cli/ end the process.',
        }[property],
      })),
    ],
  },
});

/**
 * The borders that docs/architecture.md describes. For a file, the last entry that names it holds, so each
 * entry repeats the border of its package.
 */
const borders = [
  imports(
    ['widget/**/*.{ts,tsx}'],
    [...widgetBorder, ...without('Only chatkit/ knows OpenAI’s element.', openai, true)],
  ),
  imports(['widget/chatkit/**/*.ts'], widgetBorder),
  imports(
    ['widget/session/**/*.ts'],
    [
      ...widgetBorder,
      ...without('The session client stands alone: no Lit, no ChatKit, no element.', [
        '^lit(/|$)',
        '^@lit/',
        ...openai,
        '/chatkit/',
        '/controllers/',
        '/views/',
        'taskpilot-chat\\.js$',
      ]),
    ],
  ),
  imports(['server/**/*.ts'], [...serverBorder, ...sdkBorder, ...sqlBorder]),
  imports(
    ['server/sessions/hosted.ts', 'server/agent/**/*.ts', 'server/testing/**/*.ts'],
    [...serverBorder, ...sqlBorder],
  ),
  imports(['server/storage/**/*.ts'], [...serverBorder, ...sdkBorder]),
  imports(
    ['server/chatkit/**/*.ts'],
    [...serverBorder, ...sdkBorder, ...sqlBorder, ...outsideChatkit],
  ),
  imports(
    ['sandbox/**/*.ts'],
    without('Of the product, the sandbox uses the ChatKit protocol of the server’s package only.', [
      ...into('widget', 'examples', 'e2e', 'benchmarks'),
      '^(\\.\\./)+server/',
      '^@taskpilot-chat/server$',
    ]),
  ),
  processRules(['server/**/*.ts'], 'env', 'exit'),
  processRules(['server/environment.ts'], 'exit'),
  processRules(['server/main.ts', 'server/cli/**/*.ts'], 'env'),
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      '.wireit/',
      'docs/api/',
      'node_modules/',
      'coverage/',
      '.venv-conformance/',
      // As Agent Builder exports it.
      'examples/agents/agent-builder-*.ts',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/dot-notation': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  ...borders,
  {
    files: ['widget/**/*.ts', 'sandbox/**/*.ts', 'server/admin/page/**/*.ts'],
    ...lit['flat/recommended'],
  },
  {
    // React's types have their JSX in a namespace.
    files: ['widget/types/jsx.ts'],
    rules: { '@typescript-eslint/no-namespace': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], languageOptions: { globals } },
  prettier,
);
