export { anyCodePoint } from './code-point.ts'
export { anyDecimal } from './decimal.ts'
export { anyPowerCut } from './power-cut.ts'
export { anySamples, streamFaults } from './samples.ts'
export { anySeries, anyTags } from './series.ts'

export type { AnyPowerCut, AnyPowerCutOptions } from './power-cut.ts'
export type { AnySamplesOptions, StreamFault } from './samples.ts'
