import { buildSeries, type Sample, type SampleKind, type Series, type Tags } from '@tocsin/core'

import type { CheckAvailable, CheckOutcome, CheckState } from './check-outcome.ts'
import { keptTags, keptText } from './values/kept-text.ts'

/** What a run gave, with every field; the samples are yet to be read, by {@link readSamples}. */
export interface Outcome extends Omit<CheckOutcome, 'samples'> {
  readonly available: CheckAvailable
  readonly samples: unknown
}

const states: readonly unknown[] = ['good', 'warning', 'bad', 'unknown'] satisfies CheckState[]
const availabilities: readonly unknown[] = ['yes', 'no', 'unknown'] satisfies CheckAvailable[]

/** Says what a check gave that is none of what it may give. */
class OutcomeError extends TypeError {}

/** Whether something that was thrown is one. What a user's code throws may throw again where it is looked at. */
export function isOutcomeError(error: unknown): boolean {
  try {
    return error instanceof OutcomeError
  } catch {
    return false
  }
}

/**
 * A copy of what a check gave, whatever it is: each field is read once, and throws here or never. Throws an {@link OutcomeError}
 * that says what is wrong, and whatever a getter throws.
 */
export function readOutcome(outcome: unknown): Outcome {
  const given = fieldsOf(outcome)
  if (given === undefined) throw new OutcomeError('gave no object with a state')
  const { state, available = state === 'unknown' ? 'unknown' : 'yes', status, samples = [] } = given
  if (!states.includes(state)) throw wrong('state', `must be one of ${states.join(', ')}`, state)
  if (!availabilities.includes(available))
    throw wrong('available', `must be one of ${availabilities.join(', ')}`, available)
  if (status !== undefined && typeof status !== 'string') throw wrong('status', 'must be a string', status)
  return {
    state: state as CheckState,
    available: available as CheckAvailable,
    samples,
    ...(status !== undefined && { status }),
  }
}

/** A copy of samples, each of which is one, at most so many; throws as {@link readOutcome} does. */
export function readSamples(
  samples: unknown,
  most: number,
): { readonly read: readonly Sample[]; readonly beyond: number } {
  if (!Array.isArray(samples)) throw new OutcomeError('gave samples that are no list')
  // By its length as it is now, which finds holes too, and ends where one of them makes the list longer.
  const { length } = samples
  const read = Array.from({ length: Math.min(length, most) }, (_, at) =>
    readSample((samples as readonly unknown[])[at], `samples[${at}]`),
  )
  return { read, beyond: length - read.length }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined

const wrong = (path: string, rule: string, value: unknown): OutcomeError =>
  new OutcomeError(`gave ${path} that ${rule}, not ${describe(value)}`)

/** Texts are not shown, since they may be long or secret. */
const describe = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined
    ? String(value)
    : `a value of type ${Array.isArray(value) ? 'array' : typeof value}`

const isFiniteNumber = (value: unknown): boolean => Number.isFinite(value)
const isText = (value: unknown): boolean => typeof value === 'string'

interface Rule {
  readonly fits: (value: unknown) => boolean
  readonly words: string
}

const number: Rule = { fits: isFiniteNumber, words: 'must be a finite number' }
const text: Rule = { fits: isText, words: 'must be a string' }

const values: ReadonlyMap<unknown, Rule> = new Map<SampleKind, Rule>([
  ['gauge', number],
  ['counter', number],
  ['delta', number],
  ['observation', number],
  ['set', text],
  ['histogram', { fits: isHistogram, words: 'must be a histogram, an object with bins' }],
  [
    'state',
    { fits: (value) => isFiniteNumber(value) || isText(value), words: 'must be a number or a string' },
  ],
  ['text', text],
  ['stale', { fits: (value) => Number.isNaN(value), words: 'must be NaN' }],
])

const extras: readonly (readonly [keyof Sample, Rule])[] = [
  [
    'weight',
    { fits: (value) => isFiniteNumber(value) && (value as number) > 0, words: 'must be a number above 0' },
  ],
  ['exact', { fits: (value) => typeof value === 'bigint', words: 'must be a bigint' }],
  ['source', text],
  ['receivedAt', number],
]

function readSample(sample: unknown, path: string): Sample {
  const given = fieldsOf(sample)
  if (given === undefined) throw wrong(path, 'must be a sample', sample)
  const { time, kind, value } = given
  const rule = values.get(kind)
  if (rule === undefined) {
    throw wrong(`${path}.kind`, `must be one of ${[...values.keys()].join(', ')}`, kind)
  }
  if (!number.fits(time)) throw wrong(`${path}.time`, number.words, time)
  if (!rule.fits(value)) throw wrong(`${path}.value`, `${rule.words}, its kind being ${String(kind)}`, value)
  const copy: Record<string, unknown> = {
    series: readSeries(given['series'], `${path}.series`),
    time,
    // A part of a body would hold all of it in memory.
    value: typeof value === 'string' ? keptText(value) : value,
    kind,
  }
  for (const [name, { fits, words }] of extras) {
    const extra = given[name]
    if (extra === undefined) continue
    if (!fits(extra)) throw wrong(`${path}.${name}`, words, extra)
    copy[name] = extra
  }
  return copy as unknown as Sample
}

function readSeries(series: unknown, path: string): Series {
  const { key, metric, tags } = fieldsOf(series) ?? {}
  const entries = Object.entries(fieldsOf(tags) ?? {})
  if (typeof metric === 'string' && entries.every(([, value]) => isText(value))) {
    const built = buildSeries(keptText(metric), keptTags(Object.fromEntries(entries) as Tags))
    if (built.ok && built.value.key === key) return built.value
  }
  throw new OutcomeError(`gave ${path} that is none; make it with series() or buildSeries()`)
}

function isHistogram(value: unknown): boolean {
  const { bins } = fieldsOf(value) ?? {}
  return (
    Array.isArray(bins) &&
    Array.from(bins as readonly unknown[]).every((bin) => {
      const { value: start, exponent, count } = fieldsOf(bin) ?? {}
      return Number.isInteger(start) && Number.isInteger(exponent) && isFiniteNumber(count)
    })
  )
}
