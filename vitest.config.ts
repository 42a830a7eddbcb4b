import { availableParallelism } from 'node:os'

import { defineConfig } from 'vitest/config'
import type { TestProjectInlineConfiguration } from 'vitest/config'

import { coveredFolders, coverageThresholds } from './tools/house/coverage.ts'
import { LongestFirst } from './vitest.order.ts'

const packages = ['core', 'journal', 'rollup', 'fault', 'notify', 'protocols']

// Limits end what hangs; they never measure. Twenty thousand runs of a property take their time.
const limit = 60_000
const longLimit = 600_000
const exploring = process.env['FC_NUM_RUNS'] !== undefined

/** Much of the long tests waits for browsers and other processes: one more at a time than there are processors, in a group of its own. */
const overlapping = {
  env: { TOCSIN_LONG: '1' },
  maxWorkers: availableParallelism() + 1,
  sequence: { groupOrder: 1 },
}

const project = (
  name: string,
  root: string,
  include: readonly string[],
  testTimeout = limit,
): TestProjectInlineConfiguration => ({
  extends: true,
  test: {
    name,
    root,
    include: [...include],
    exclude: ['**/node_modules/**', ...(name === 'long' ? [] : ['**/*.long.test.ts'])],
    provide: { project: name },
    pool: 'forks',
    // The files of a package, and the examples, hold nothing that outlives them: sharing the modules of a worker halves the time, and
    // `--sequence.shuffle.files` shows that their order does not matter.
    isolate: ![...packages, 'examples'].includes(name),
    ...(name === 'long' ? overlapping : {}),
    testTimeout: exploring ? longLimit : testTimeout,
    hookTimeout: testTimeout,
  },
})

export default defineConfig({
  // Packages are tested from their sources.
  resolve: { tsconfigPaths: true },
  test: {
    setupFiles: [new URL('./vitest.setup.ts', import.meta.url).pathname],
    // Only with `--coverage`: a run fails where a folder of algorithms is below its share.
    coverage: {
      include: coveredFolders.map((folder) => `${folder}/**/*.ts`),
      thresholds: coverageThresholds,
      reporter: ['text', 'html'],
    },
    expect: { poll: { timeout: 30_000 } },
    sequence: { sequencer: LongestFirst },
    // One less by default, which is half of a machine with two.
    maxWorkers: availableParallelism(),
    projects: [
      ...packages.map((name) => project(name, `packages/${name}`, ['test/**/*.test.ts'])),
      project('docs', 'tools', ['test/**/*.test.ts']),
      project('examples', 'examples', ['*/test/**/*.test.ts']),
      // What needs other programs or rights, or long loops; `npm test` leaves it out.
      project('long', '.', ['{packages,examples}/*/**/*.long.test.ts', 'tools/**/*.long.test.ts'], longLimit),
      {
        extends: true,
        test: {
          name: 'types',
          root: '.',
          include: [],
          // All in one program: each would read rxjs and the other packages again.
          typecheck: {
            enabled: true,
            only: true,
            include: ['{packages,examples}/*/test/**/*.test-d.ts'],
            tsconfig: 'tools/tsconfig.types.json',
          },
        },
      },
    ],
  },
})
