export { anyRollupSteps } from './any-rollup-steps.ts'
export {
  anyDecimal,
  anyPowerCut,
  anySamples,
  anySeries,
  anyTags,
  streamFaults,
} from '@tocsin/core/testing/arbitraries'

export type {
  AnyPowerCut,
  AnyPowerCutOptions,
  AnySamplesOptions,
  StreamFault,
} from '@tocsin/core/testing/arbitraries'
export type {
  BytesChoice,
  NameChoice,
  NameOperation,
  Place,
  PowerCut,
  SampleSequence,
  Marbles,
} from '@tocsin/core/testing'
export type { Duration, Histogram, Sample, SampleKind, Series, Tags } from '@tocsin/core'
export type { RollupInput } from '../engine/reading.ts'
export type { RollupBatch } from '../rollup-store.ts'
export type {
  AnyRollupStepsOptions,
  FlushStep,
  RestartStep,
  RollupStep,
  RollupSteps,
  WriteStep,
} from './any-rollup-steps.ts'
