import { inspect } from 'node:util'

import { parseSeries, type Sample } from '@tocsin/core'

import type { ParseProblem } from '../source/problem.ts'
import type { ParseSink } from '../wire/parse-sink.ts'

/** What must be there of a parser to be tested; each of `/engine` has it. */
export interface TestedParser {
  /** Takes a message and gives what is in it to the sink; what it gives back is looked at as well. */
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): unknown
}

/** One that takes pieces of a stream, cut anywhere. */
export interface TestedReader {
  /** Takes the next bytes. */
  push(chunk: Uint8Array): unknown
  /** No more will come. */
  end?(): unknown
}

/** What came of some bytes, in its order. */
export interface Taken {
  readonly samples: readonly Sample[]
  readonly problems: readonly ParseProblem[]
  /** Both, as text to compare. */
  readonly events: readonly string[]
}

/** A time of arrival that no message brings by chance. */
const receivedAt = 1_234_567_890_123

/** A sink that remembers, with places counted from `offset`. */
export function createRecord(offset = 0): Taken & { readonly sink: ParseSink } {
  const samples: Sample[] = []
  const problems: ParseProblem[] = []
  const events: string[] = []
  const sink: ParseSink = {
    sample(sample) {
      samples.push(sample)
      events.push(show(sample))
    },
    problem(problem) {
      problems.push(problem)
      const { reason, start, end } = problem
      events.push(`${reason} ${start + offset} ${end + offset}`)
    },
  }
  return { samples, problems, events, sink }
}

/** What a parser makes of a copy of a message. */
export const take = (parser: TestedParser, bytes: Uint8Array, offset = 0): Taken =>
  takeItself(parser, bytes.slice(), offset)

/** What a parser makes of a message; whatever it throws is a fault. */
export function takeItself(parser: TestedParser, bytes: Uint8Array, offset = 0): Taken {
  const record = createRecord(offset)
  try {
    const answer = parser.parse(bytes, receivedAt, record.sink)
    if (answer !== undefined) (record.events as string[]).push(show(answer))
  } catch (error) {
    throw new Error(`it threw ${String(error)} at ${sayBytes(bytes)}`, { cause: error })
  }
  return record
}

/** Why what was taken cannot be. */
export function faultOf({ samples, problems }: Taken, length: number): string | undefined {
  for (const sample of samples) if (!isWhole(sample)) return `a sample is not whole: ${show(sample)}`
  for (const { reason, message, start, end } of problems) {
    if (![reason, message].every((text) => typeof text === 'string' && text.length > 0))
      return 'a problem lacks its reason or its sentence'
    const isInside =
      Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= length
    if (!isInside) return `a problem is at ${start} to ${end} of ${length} bytes`
  }
  return undefined
}

function isWhole({ series, time, value, kind, weight = 1 }: Sample): boolean {
  const isValue =
    typeof value === 'number'
      ? kind === 'stale'
        ? Number.isNaN(value)
        : Number.isFinite(value)
      : typeof value === 'string' || typeof value === 'object'
  return (
    isValue && Number.isFinite(time) && Number.isFinite(weight) && weight > 0 && parseSeries(series.key).ok
  )
}

export const show = (value: unknown): string =>
  inspect(value, { depth: 8, breakLength: Infinity, maxStringLength: 500 })

/** The bytes as a person can paste them into a test. */
export function sayBytes(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes.subarray(0, 300)) text += String.fromCharCode(byte)
  return `${JSON.stringify(text)}${bytes.length > 300 ? ` and ${bytes.length - 300} bytes more` : ''} (latin1)`
}
