export { sampleCodec } from './sample-codec.ts'
export { defaultJournalSamplesOptions, journalSamples } from './journal-samples.ts'
export { parseSeries, series } from '@tocsin/core'

export type { JournalSamplesOptions } from './journal-samples.ts'
export type { Histogram, Parsed, Sample, SampleKind, Series, SeriesReason, Tags } from '@tocsin/core'
