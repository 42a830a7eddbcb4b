import { defineConfig, globalIgnores } from 'eslint/config'
import rxjsX from 'eslint-plugin-rxjs-x'
import tseslint from 'typescript-eslint'

const clock = 'an engine gets its time as an input'

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/node_modules/',
    'docs/api/',
    '**/data/',
    '**/artefacts/',
    '**/*.{js,mjs,cjs}',
    'bench/',
  ]),
  tseslint.configs.strictTypeChecked,
  rxjsX.configs.strict,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
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
    files: ['packages/*/src/engine/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'process'].map(
          (name) => ({
            name,
            message: clock,
          }),
        ),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: clock },
        { object: 'Math', property: 'random', message: clock },
      ],
      'no-restricted-imports': ['error', { paths: ['rxjs'], patterns: ['node:*', 'rxjs/*'] }],
    },
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
)
