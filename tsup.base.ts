import type { Options } from 'tsup'

/**
 * One build for every package: ESM, with `@tocsin/core` inlined into the code and into the types, and into the code the modules
 * that are `inlined` besides.
 */
export const base = (entry: Record<string, string>, inlined: RegExp[] = []): Options => ({
  entry,
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  removeNodeProtocol: false,
  noExternal: [/^@tocsin\/core/, ...inlined],
  dts: {
    resolve: [/^@tocsin\/core/],
    compilerOptions: {
      // tsup sets baseUrl, which TypeScript 6 reports as deprecated.
      ignoreDeprecations: '6.0',
      paths: {
        '@tocsin/core': ['../core/src/index.ts'],
        '@tocsin/core/exact-sum': ['../core/src/numbers/exact-sum.ts'],
        '@tocsin/core/time': ['../core/src/time/in-event-time.ts'],
        '@tocsin/core/testing': ['../core/src/testing/index.ts'],
        '@tocsin/core/testing/arbitraries': ['../core/src/testing/arbitraries/index.ts'],
        '@tocsin/core/shape': ['../core/src/shape/index.ts'],
        '@tocsin/core/node': ['../core/src/node-file-system.ts'],
      },
    },
  },
  esbuildOptions: (options) => {
    options.conditions = ['tocsin-source', 'import', 'default']
  },
  sourcemap: true,
  clean: true,
  treeshake: true,
})
