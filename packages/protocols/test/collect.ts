import type { Sample } from '@tocsin/core'

import type { LineParser } from '../src/wire/line-parser.ts'
import type { HttpTrapParser } from '../src/http-trap/trap-parser.ts'
import type { HttpTrapOutcome } from '../src/http-trap/trap-reading.ts'
import type { ParseProblem } from '../src/source/problem.ts'

/** What a parser makes of some bytes. */
export interface Collected {
  readonly samples: readonly Sample[]
  readonly problems: readonly ParseProblem[]
}

export const arrival = 1_700_000_000_500

export function collect(parser: LineParser, input: string | Uint8Array): Collected {
  const samples: Sample[] = []
  const problems: ParseProblem[] = []
  parser.parse(typeof input === 'string' ? Buffer.from(input) : input, arrival, {
    sample: (sample) => samples.push(sample),
    problem: (problem) => problems.push(problem),
  })
  return { samples, problems }
}

export function collectBody(
  parser: Pick<HttpTrapParser, 'parse'>,
  input: string | Uint8Array,
): Collected & { outcome: HttpTrapOutcome } {
  let outcome: HttpTrapOutcome | undefined
  const collected = collect(
    {
      parse: (bytes, at, sink) => {
        outcome = parser.parse(bytes, at, sink)
      },
    },
    input,
  )
  return { ...collected, outcome: outcome! }
}

/** A sample in one short line: `key kind value[ x weight][ @time][ =exact]`. */
export function brief({ series, kind, value, weight, time, exact }: Sample): string {
  const parts = [series.key, kind, JSON.stringify(value)]
  if (weight !== undefined) parts.push(`x${weight}`)
  if (time !== arrival) parts.push(`@${time}`)
  if (exact !== undefined) parts.push(`=${exact}`)
  return parts.join(' ')
}
