import type { Sample } from '@tocsin/core'

import {
  createRemoteWriteParser,
  type RemoteWriteParserOptions,
} from '../../src/remote-write/remote-write-parser.ts'
import type { RemoteWriteOutcome, RemoteWriteVersion } from '../../src/remote-write/request-reading.ts'
import type { ParseProblem } from '../../src/source/problem.ts'

export const arrival = 1_700_000_000_000

export interface Read {
  readonly samples: readonly Sample[]
  readonly problems: readonly ParseProblem[]
  readonly outcome: RemoteWriteOutcome
  /** Each sample in one line: `key kind value`. */
  readonly lines: readonly string[]
}

/** What a parser makes of requests. */
export function createReader(
  options?: RemoteWriteParserOptions,
): (bytes: Uint8Array, version?: RemoteWriteVersion) => Read {
  const parser = createRemoteWriteParser(options)
  return (bytes, version) => {
    const samples: Sample[] = []
    const problems: ParseProblem[] = []
    const sink = {
      sample: (sample: Sample) => samples.push(sample),
      problem: (problem: ParseProblem) => problems.push(problem),
    }
    const outcome = parser.parse(bytes, arrival, sink, version)
    const lines = samples.map(({ series, kind, value }) => `${series.key} ${kind} ${shown(value)}`)
    return { samples, problems, outcome, lines }
  }
}

const shown = (value: Sample['value']): string =>
  typeof value === 'object'
    ? value.bins.map(({ value: own, exponent, count }) => `${own}e${exponent - 1}x${count}`).join(' ')
    : String(value)

export const readOlder = (bytes: Uint8Array, options?: RemoteWriteParserOptions): Read =>
  createReader(options)(bytes, '1.0')
export const readNewer = (bytes: Uint8Array, options?: RemoteWriteParserOptions): Read =>
  createReader(options)(bytes, '2.0')
