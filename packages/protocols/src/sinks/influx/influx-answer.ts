import type { Sample } from '@tocsin/core'

import type { Outcome } from '../destination.ts'
import type { HttpAnswer } from '../http/http-post.ts'
import { outcomeOf, shown } from '../http/http-sending.ts'
import type { InfluxLines } from './influx-lines.ts'

/** What an answer means, and what it says of the lines that were dropped. */
export interface InfluxVerdict {
  readonly outcome: Outcome
  /** How many lines were not taken, where it says so; all others were. */
  readonly dropped?: number
  /** The field whose type is another one there. */
  readonly conflict?: { readonly field: string; readonly measurement: string; readonly type: string }
}

/** What InfluxDB says where a line is wrong. All else that is 400 is about the request, as a missing database is. */
const aboutLines = /partial write|unable to parse|field type conflict|max key length/i
const droppedLines = /dropped=(\d+)\s*$/
const typeConflict = /input field "(.*)" on measurement "(.*)" is type (\w+), already exists as type \w+/s

/**
 * Judges an answer of InfluxDB 1 or 2. What is about a line is refused; what somebody may mend, as a database that is not there, is kept
 * and sent again, as all that the base keeps.
 */
export function judgeAnswer(answer: HttpAnswer, now: number): InfluxVerdict {
  const { status } = answer
  if (status !== 400 && status !== 422) return { outcome: outcomeOf(answer, now) }
  const said = messageOf(answer)
  const message = `the destination answered ${status}${said === '' ? '' : `: ${shown(said)}`}`
  if (!aboutLines.test(said)) return { outcome: { type: 'failed', message } }
  const dropped = droppedLines.exec(said)?.[1]
  const [conflicted, field, measurement, type] = typeConflict.exec(said) ?? []
  return {
    outcome: { type: 'refused', reason: 'refused', message },
    ...(dropped !== undefined && { dropped: Number(dropped) }),
    ...(conflicted !== undefined && {
      conflict: { field: field ?? '', measurement: measurement ?? '', type: type ?? '' },
    }),
  }
}

/** The samples whose field has the type that is in conflict there. */
export const samplesInConflict = (
  samples: readonly Sample[],
  { field, measurement, type }: NonNullable<InfluxVerdict['conflict']>,
  lines: InfluxLines,
): readonly Sample[] =>
  samples.filter((sample) => {
    const line = lines.lineOf(sample)
    return line?.field === field && line.measurement === measurement && line.type === type
  })

/** Of version 1 `{ "error" }`, of version 2 `{ "code", "message" }`; as text where it is neither. */
function messageOf(answer: HttpAnswer): string {
  try {
    const { error, message } = JSON.parse(answer.text) as {
      readonly error?: unknown
      readonly message?: unknown
    }
    const said = error ?? message
    if (typeof said === 'string') return said
  } catch {
    // What a proxy says, or the start of a long answer.
  }
  return answer.header('x-influxdb-error') ?? answer.text
}
