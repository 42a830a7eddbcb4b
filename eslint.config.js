import { builtinModules } from 'node:module'

import { defineConfig, globalIgnores } from 'eslint/config'
import rxjsX from 'eslint-plugin-rxjs-x'
import tseslint from 'typescript-eslint'

/** Folders of algorithms. tools/test/house.test.ts shows that the rules reach into them, and that they are all there. */
export const engines = [
  'packages/core/src/numbers',
  'packages/core/src/shape',
  'packages/fault/src/engine',
  'packages/journal/src/format',
  'packages/journal/src/samples',
  'packages/notify/src/engine',
  'packages/notify/src/mutes',
  'packages/notify/src/render',
  'packages/protocols/src/meter/engine',
  'packages/protocols/src/operators/engine',
  'packages/protocols/src/sinks/engine',
  'packages/protocols/src/ticking',
  'packages/protocols/src/wire',
  'packages/rollup/src/columns',
  'packages/rollup/src/engine',
  'packages/rollup/src/memory',
  'packages/rollup/src/rows',
]

const clock = 'an engine gets its time as an input'
const outside = 'an engine knows no rxjs, no system, no clock'

const restricted = (names) => ['error', ...names.map((name) => ({ name, message: clock }))]

/** Of these, the folders that make bytes: they may compress. */
const compressing = ['packages/journal/src/format', 'packages/rollup/src/columns']

/** The modules that no engine may import, except those of Node that are pure. */
const outsideModules = (...pure) => [
  'error',
  {
    paths: ['rxjs', ...builtinModules].map((name) => ({ name, message: outside })),
    patterns: [
      {
        group: [
          'node:*',
          'rxjs/*',
          '@tocsin/core/*',
          '!@tocsin/core/action-queue',
          '!@tocsin/core/back-off',
          '!@tocsin/core/exact-sum',
          '!@tocsin/core/shape',
          ...pure.map((name) => `!${name}`),
        ],
        message: outside,
      },
    ],
  },
]

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/node_modules/',
    'docs/api/',
    '**/data/',
    '**/artefacts/',
    '**/*.{js,mjs,cjs}',
    // Its modules are JavaScript; the compiler reads them.
    'examples/observatory/page/',
    'bench/',
  ]),
  tseslint.configs.strictTypeChecked,
  rxjsX.configs.strict,
  {
    languageOptions: {
      parserOptions: {
        // All in one program, except what runs beside a page: one for each workspace would check rxjs and the packages again.
        project: ['tools/tsconfig.lint.json', 'examples/observatory/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Numbers and booleans read well in a message; anything else must be converted on purpose.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A port is implemented by functions that may have nothing to await.
      '@typescript-eslint/require-await': 'off',
      // The style of the repository: Finnish notation only where a stream is one of several values with the same name.
      'rxjs-x/finnish': 'off',
      'rxjs-x/prefer-observer': 'off',
    },
  },
  {
    files: engines.map((folder) => `${folder}/**/*.ts`),
    rules: {
      'no-restricted-globals': restricted([
        'setTimeout',
        'setInterval',
        'setImmediate',
        'queueMicrotask',
        'performance',
        'process',
        'crypto',
        'fetch',
        'AbortSignal',
        'globalThis',
      ]),
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: clock },
        { object: 'Math', property: 'random', message: clock },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: clock },
        { selector: "CallExpression[callee.name='Date']", message: clock },
        { selector: 'ImportExpression', message: outside },
      ],
      'no-restricted-imports': outsideModules(),
    },
  },
  {
    files: compressing.map((folder) => `${folder}/**/*.ts`),
    rules: { 'no-restricted-imports': outsideModules('node:zlib') },
  },
  {
    files: ['**/test/**/*.ts', '**/browser/**/*.ts'],
    rules: {
      // expect.any() and friends are typed any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A stream that ends too early should fail the test.
      'rxjs-x/no-ignored-default-value': 'off',
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-ignored-subscription': 'off',
      'rxjs-x/no-ignored-subscribe': 'off',
      'rxjs-x/no-exposed-subjects': 'off',
    },
  },
  {
    // A small program ends with the error of its stream, and prints it.
    files: ['examples/0*/main.ts'],
    rules: { 'rxjs-x/no-ignored-default-value': 'off', 'rxjs-x/no-ignored-error': 'off' },
  },
)
