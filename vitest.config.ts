import { defineConfig } from 'vitest/config'

const conditions = ['tocsin-source']
const packages = ['core', 'journal', 'rollup', 'fault', 'notify', 'protocols']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Twenty thousand runs of a property take longer than one test usually may.
    testTimeout: process.env['FC_NUM_RUNS'] === undefined ? 5000 : 600_000,
    setupFiles: [new URL('./vitest.setup.ts', import.meta.url).pathname],
    projects: [
      ...packages.map((name) => ({
        extends: true as const,
        test: {
          name,
          root: `packages/${name}`,
          include: ['test/**/*.test.ts'],
          typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: 'tsconfig.json' },
        },
      })),
      {
        extends: true as const,
        test: { name: 'docs', root: 'tools', include: ['test/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true as const,
        test: { name: 'examples', root: 'examples', include: ['*/test/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        extends: true as const,
        test: { name: 'browser', root: 'examples', include: ['*/browser/**/*.test.ts'], testTimeout: 60_000 },
      },
    ],
  },
})
