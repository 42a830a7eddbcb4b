import type { Options } from 'tsup'

import { base } from '../../tsup.base.ts'

const entries = {
  index: 'src/index.ts',
  link: 'src/link/index.ts',
  reader: 'src/reader/index.ts',
  samples: 'src/samples.ts',
  testing: 'src/testing/index.ts',
  arbitraries: 'src/testing/arbitraries.ts',
}
const options = base({ ...entries, cli: 'src/cli/main.ts' })
const dts = typeof options.dts === 'object' ? options.dts : {}

// The command has no types to offer.
const config: Options = { ...options, dts: { ...dts, entry: entries } }
export default config
