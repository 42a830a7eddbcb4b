import type { Options } from 'tsup'

import { base } from '../../tsup.base.ts'

const options = base({ index: 'src/index.ts', cli: 'src/cli/main.ts' })
const dts = typeof options.dts === 'object' ? options.dts : {}

// The command has no types to offer.
const config: Options = { ...options, dts: { ...dts, entry: { index: 'src/index.ts' } } }
export default config
