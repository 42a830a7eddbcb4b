import { readFileSync } from 'node:fs'

import type { Options } from 'tsup'

const { compilerOptions } = JSON.parse(
  readFileSync(new URL('tsconfig.base.json', import.meta.url), 'utf8'),
) as { compilerOptions: { paths: Record<string, [string]> } }

/** One build for every package: ESM, with `@tocsin/core` inlined into the code and into the types. */
export const base = (entry: Record<string, string>): Options => ({
  entry,
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  removeNodeProtocol: false,
  noExternal: [/^@tocsin\/core/],
  dts: {
    resolve: [/^@tocsin\/core/],
    compilerOptions: {
      // tsup sets baseUrl, from which paths then count, and which TypeScript 6 reports as deprecated.
      ignoreDeprecations: '6.0',
      paths: Object.fromEntries(
        Object.entries(compilerOptions.paths).map(([name, [path]]) => [name, [`../../${path}`]]),
      ),
    },
  },
  sourcemap: true,
  clean: true,
  treeshake: true,
})
