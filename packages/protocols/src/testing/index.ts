export { memoryFileSystem, play, samples, samplesFromMarbles, virtualTime } from '@tocsin/core/testing'
export { checkConformance } from './checks/check-conformance.ts'
export { parserConformance } from './parser-conformance.ts'
export { sinkConformance } from './sink-conformance.ts'
export { sourceConformance } from './source-conformance.ts'

export type {
  BytesChoice,
  FaultOptions,
  FileOperation,
  Marbles,
  MarblesOptions,
  MemoryFileSystem,
  NameChoice,
  NameOperation,
  Place,
  PowerCut,
  SampleSequence,
  SamplesOptions,
  VirtualTime,
  VirtualTimeOptions,
} from '@tocsin/core/testing'
export type { EventTimeOptions, Timed } from '@tocsin/core/time'
export type {
  Duration,
  FileSystem,
  Histogram,
  OpenFile,
  OpenMode,
  Sample,
  SampleKind,
  Series,
  Tags,
  Batch,
  BatchPosition,
  Problem,
} from '@tocsin/core'
export type { CheckUnderTest } from './checks/check-conformance.ts'
export type { NamesUnderTest, ParserUnderTest } from './parser-conformance.ts'
export type { TestedParser, TestedReader } from './parser-scene.ts'
export type { ParseProblem, ProblemReason } from '../source/problem.ts'
export type { ParseSink } from '../wire/parse-sink.ts'
export type { ConformanceCase, SourceUnderTest } from './source-conformance.ts'
export type { TestedSource } from './source-scene.ts'
export type { SinkUnderTest } from './sink-conformance.ts'
export type { DestinationFault, TestedDestination, TestedSink } from './sink-scene.ts'
export type { Check, CheckAvailable, CheckContext, CheckOutcome, CheckState } from '../checks/check.ts'
export type { AddressFamily, HostAddress, Resolver } from '../checks/exchange/resolver.ts'
export type { Findings } from '../checks/findings.ts'
