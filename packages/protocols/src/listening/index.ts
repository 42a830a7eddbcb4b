/**
 * What protocols that are pushed to a socket share: where they listen, and for how long and how much of whom. For a protocol of one's own.
 *
 * @module
 */
export { defaultListen } from './listen-options.ts'
export { lineChecks, lineDefaults, lineSource } from './line-source.ts'

export type {
  ConnectionOptions,
  ListenOptions,
  ListenTls,
  ResolvedConnections,
  ResolvedListen,
} from './listen-options.ts'
export type { LineSourceOptions, ResolvedLines } from './line-source.ts'
export type { LineParser, LineParserOptions } from '../wire/line-parser.ts'
export type { SampleSource } from '../source/sample-source.ts'
export type { ParseSink } from '../wire/parse-sink.ts'
export type { ParseProblem } from '../source/problem.ts'
