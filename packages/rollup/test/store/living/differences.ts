import type { Duration, Sample } from '@tocsin/core'

import type { CounterWrap, SameTime } from '../../../src/engine/rollups.ts'
import type { RollupValue } from '../../../src/engine/value.ts'
import type { RollupStore } from '../../../src/rollup-store.ts'
import { countedSamples, isPromised, windowValue } from '../../../src/testing/expected-slots.ts'
import { day, hour, minute } from '../../support/samples.ts'

const numeric: readonly RollupValue[] = ['count', 'sum', 'average', 'stddev', 'min', 'max', 'first', 'last']
const gauging: readonly RollupValue[] = [...numeric, 'timeAverage']
const counting: readonly RollupValue[] = ['count', 'first', 'last', 'rate', 'increase', 'resets']
const saying: readonly RollupValue[] = ['count', 'first', 'last', 'changes']

/** Windows that are stored, and multiples of them. */
const lengths: Readonly<Partial<Record<Duration, number>>> = {
  '1m': minute,
  '5m': 5 * minute,
  '1h': hour,
  '1d': day,
  '2d': 2 * day,
}

/** What is asked, and how far answers may be off. */
export interface Comparison {
  readonly to: number
  readonly periods?: readonly Duration[]
  readonly values?: readonly RollupValue[]
  readonly sameTime?: SameTime
  readonly counterWrap?: CounterWrap
  /** Asks for time averages too. @defaultValue false */
  readonly timeAverage?: boolean
  /** What is flagged as inexact may say anything. @defaultValue false: it must be right all the same, and not be flagged */
  readonly mayBeInexact?: boolean
  /** What is said must be right, though something may be missing. @defaultValue false */
  readonly mayBeMissing?: boolean
}

/** What a store says of samples that it was given once, where that is not what an exact count says; and the number of slots that are flagged. */
export async function differences(
  store: Pick<RollupStore, 'fetch'>,
  samples: readonly Sample[],
  {
    to,
    periods = Object.keys(lengths) as Duration[],
    values,
    sameTime = 'largest',
    counterWrap = 'none',
    timeAverage = false,
    mayBeInexact = false,
    mayBeMissing = false,
  }: Comparison,
): Promise<{ readonly wrong: readonly string[]; readonly flagged: number }> {
  const wrong: string[] = []
  let flagged = 0
  const all = remembered(samples, sameTime, () => countedBySeries(samples, sameTime))
  for (const period of periods) {
    const periodMs = lengths[period] ?? NaN
    for (const value of values ?? new Set([...(timeAverage ? gauging : numeric), ...counting, ...saying])) {
      const fetched = await store.fetch({ select: '__name:*', from: 0, to, period, value })
      for (const [key, { own, counted }] of all) {
        if (!own.includes(value)) continue
        const answer = fetched.find(({ series }) => series.key === key)
        const expected = remembered(samples, `${key} ${period} ${value} ${sameTime} ${counterWrap}`, () =>
          slotsOf(counted, periodMs, value, counterWrap),
        )
        for (let slot = 0; slot * periodMs < to; slot += 1) {
          const isValid = answer?.valid[slot] === 1
          if (!isValid && answer?.inexact === undefined && !expected.has(slot)) continue
          const actual = isValid ? (answer.texts?.[slot] ?? answer.values[slot] ?? null) : null
          const isFlagged = answer?.inexact?.[slot] === 1
          if (isFlagged) flagged += 1
          const isRight =
            isPromised(actual, expected.get(slot) ?? null, value) && (mayBeInexact || !isFlagged)
          if (isRight || (isFlagged && mayBeInexact) || (actual === null && mayBeMissing)) continue
          wrong.push(
            `${key} ${period} ${slot} ${value}: ${String(actual)}${isFlagged ? ' (inexact)' : ''}, not ${String(expected.get(slot))}`,
          )
        }
      }
      for (const { series } of fetched) if (!all.has(series.key)) wrong.push(`${series.key} is not known`)
    }
  }
  return { wrong, flagged }
}

type Slots = ReadonlyMap<number, number | string | null>

/** What was counted of the very same list of samples, as long as it has grown by none. */
const known = new WeakMap<object, { readonly length: number; readonly answers: Map<string, unknown> }>()

function remembered<T>(samples: readonly Sample[], question: string, count: () => T): T {
  let found = known.get(samples)
  if (found?.length !== samples.length) found = { length: samples.length, answers: new Map() }
  known.set(samples, found)
  const answer = found.answers.has(question) ? (found.answers.get(question) as T) : count()
  found.answers.set(question, answer)
  return answer
}

interface Counted {
  /** What is asked of the series. */
  readonly own: readonly RollupValue[]
  readonly counted: readonly Sample[]
}

function countedBySeries(samples: readonly Sample[], sameTime: SameTime): ReadonlyMap<string, Counted> {
  const bySeries = new Map<string, Sample[]>()
  for (const one of samples) {
    const own = bySeries.get(one.series.key)
    if (own === undefined) bySeries.set(one.series.key, [one])
    else own.push(one)
  }
  return new Map(
    [...bySeries].map(([key, own]) => [key, { own: valuesOf(own), counted: countedSamples(own, sameTime) }]),
  )
}

/** Of long series what is soon counted. */
function valuesOf(samples: readonly Sample[]): readonly RollupValue[] {
  const [first] = samples
  if (samples.length > 500) return ['count', 'sum', 'max', 'last', 'timeAverage']
  if (first?.kind === 'counter') return counting
  return typeof first?.value === 'string' ? saying : gauging
}

/** The slots that have samples; the step of a counter into a slot belongs to it, over two days or two slots at most. */
function slotsOf(counted: readonly Sample[], periodMs: number, value: RollupValue, wrap: CounterWrap): Slots {
  const slots = new Map<number, number | string | null>()
  for (let from = 0; from < counted.length;) {
    const [first, before] = [counted[from], counted[from - 1]]
    if (first === undefined) break
    const slot = Math.floor(first.time / periodMs)
    let end = from
    while (end < counted.length && Math.floor((counted[end]?.time ?? 0) / periodMs) === slot) end += 1
    const isNear =
      before !== undefined && Math.floor(first.time) - Math.floor(before.time) <= Math.max(day, 2 * periodMs)
    slots.set(slot, windowValue(counted.slice(from, end), isNear ? before : undefined, value, wrap))
    from = end
  }
  return slots
}
