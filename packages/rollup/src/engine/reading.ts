import type { Histogram, SampleKind, Series } from '@tocsin/core'

import type { RollupProblemReason } from '../problem.ts'
import type { CounterPoint, TextPoint } from './rollups.ts'

/** What a rollup needs of a sample; a `Sample` of any Tocsin package fits. */
export interface RollupInput {
  /** Whose value it is. */
  readonly series: Series
  /** Event time, ms since the Unix epoch; a fraction of a millisecond is cut off. */
  readonly time: number
  /** The value; a number for numeric kinds and counters, a text for `'text'` and `'set'`. */
  readonly value: number | string | Histogram
  /** Decides what is kept: numeric, counter or text. */
  readonly kind: SampleKind
  /** Observations or events that it stands for; 1 where absent. */
  readonly weight?: number
  /** A counter's value, where its magnitude is above 2^53. */
  readonly exact?: bigint
}

/** A sample that was checked, reduced to what is stored. */
export type Reading =
  | {
      readonly kind: 'numeric'
      readonly time: number
      /** Whether each sample counts, or one of each moment. */
      readonly event: boolean
      readonly value: number
      readonly weight: number
      /** What it adds to the sum, where that is not `value * weight`. */
      readonly total?: number
    }
  | { readonly kind: 'counter'; readonly time: number; readonly event: false; readonly point: CounterPoint }
  | {
      readonly kind: 'text'
      readonly time: number
      readonly event: boolean
      readonly point: TextPoint
      readonly cut: boolean
    }

/** Why a sample is not taken. */
export interface Refusal {
  readonly kind: 'refused'
  readonly reason: RollupProblemReason
  readonly message: string
}

/** Longest text that is kept, in UTF-16 units, as in IRONdb. */
const maxTextLength = 512
/** Largest magnitude whose squares still add up in a double. */
const maxMagnitude = 1e120
const maxWeight = 1e9
const maxTime = 8.64e15

const isWithin = (value: unknown, min: number, max: number): value is number =>
  typeof value === 'number' && value >= min && value <= max

const refuse = (reason: RollupProblemReason, message: string): Refusal => ({
  kind: 'refused',
  reason,
  message,
})

/** A problem with a sample, which may be anything. */
export function sampleFacts(
  input: RollupInput,
  message: string,
): { readonly message: string; readonly series?: string; readonly sampleTime?: number } {
  if (!hasKey(input)) return { message }
  const { series, time } = input
  const sampleTime = typeof time === 'number' && { sampleTime: time }
  // The sentence must say it too: as a warning of the process it stands alone.
  return { message: `${message} (series ${series.key})`, series: series.key, ...sampleTime }
}

function hasKey(input: Partial<RollupInput> | null | undefined): boolean {
  const series: Partial<Series> | null | undefined = input?.series
  return typeof series?.key === 'string'
}

/** Checks a sample, which may be anything. */
export function readSample(input: RollupInput): Reading | Refusal {
  if (!hasKey(input)) return refuse('bad-series', 'a sample needs a series with a key')
  if (!isWithin(input.time, 0, maxTime)) {
    return refuse('bad-time', 'a time is ms since the Unix epoch, from 0 to 8.64e15')
  }
  // -0 is a time as well.
  const time = Math.floor(input.time) + 0
  switch (input.kind) {
    case 'gauge':
    case 'state':
      return readNumber(time, input.value, 1, input.kind)
    case 'observation':
    case 'delta':
      return readNumber(time, input.value, input.weight ?? 1, input.kind)
    case 'counter':
      return readCounter(time, input.value, input.exact)
    case 'text':
    case 'set':
      return readText(time, input.value, input.kind === 'set')
    case 'histogram':
    case 'stale':
    default:
      return refuse('unsupported-kind', 'this kind of sample has no rollup')
  }
}

/** A delta that a sampled client scaled up counts as `weight` events of the value that it saw. */
function readNumber(time: number, given: unknown, weight: unknown, kind: SampleKind): Reading | Refusal {
  if (!isWithin(given, -maxMagnitude, maxMagnitude)) return badNumber(given)
  if (!isWithin(weight, 1, maxWeight)) {
    return refuse('bad-value', `a weight is a number from 1 to ${maxWeight}`)
  }
  // -0 would make first and last depend on the order of arrival.
  const number = given === 0 ? 0 : given
  const event = kind === 'observation' || kind === 'delta'
  if (kind !== 'delta' || weight === 1) return { kind: 'numeric', time, event, value: number, weight }
  return { kind: 'numeric', time, event, value: number / weight, weight, total: number }
}

function readCounter(time: number, given: unknown, exact: unknown): Reading | Refusal {
  if (!isWithin(given, -maxMagnitude, maxMagnitude)) return badNumber(given)
  const value = given === 0 ? 0 : given
  const point =
    typeof exact === 'bigint' && Number(exact) === value && !Number.isSafeInteger(value)
      ? { time, value, exact: exact.toString() }
      : { time, value }
  return { kind: 'counter', time, event: false, point }
}

function badNumber(given: unknown): Refusal {
  const what = typeof given === 'number' ? String(given) : `a ${typeof given}`
  return refuse('bad-value', `the value must be a number of at most ±${maxMagnitude}, got ${what}`)
}

function readText(time: number, given: unknown, event: boolean): Reading | Refusal {
  if (typeof given !== 'string') return refuse('bad-value', `the value must be a text, got a ${typeof given}`)
  const cut = given.length > maxTextLength
  // Stored as UTF-8, which has no place for half a surrogate pair.
  const value = (cut ? given.slice(0, maxTextLength) : given).toWellFormed()
  return { kind: 'text', time, event, point: { time, value }, cut }
}
