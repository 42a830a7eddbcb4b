export { sampleCodec } from './samples/sample-codec.ts'
export { defaultJournalSamplesOptions, journalSamples } from './rx/journal-samples.ts'
export { parseSeries, series } from '@tocsin/core'

export type { JournalSamplesOptions } from './rx/journal-samples.ts'
export type {
  Histogram,
  Parsed,
  Sample,
  SampleKind,
  SampleOf,
  SampleValues,
  Series,
  SeriesReason,
  Tags,
} from '@tocsin/core'
