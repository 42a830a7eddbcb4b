import { compileTagQuery, parseTagQuery } from '@tocsin/core'
import { dividedBy, fromDouble, nearestDouble, rational, total } from '@tocsin/core/testing'

import type { RuleSet } from '../../src/model/rule-set.ts'
import type { TimeWindow } from '../../src/model/time-window.ts'
import { type Arrival, samplesOf } from './arrivals.ts'
import { exactly, type Interval } from './interval.ts'
import type { Truth } from './kleene.ts'
import { stretchesNear } from './stretches.ts'
import type { View } from './terms.ts'
import type { Moment } from './truth-of.ts'
import { isTold, numberOf, type Seen, seenOf } from './windows.ts'

/** What there is to see of a series or group at a moment, from all that came of it so far. */
export interface RowFacts {
  readonly ruleSet: RuleSet
  readonly arrivals: readonly Arrival[]
  readonly panes: number
  /** Since when it is watched. */
  readonly since: number
  readonly absent: readonly number[]
}

export function momentOf(facts: RowFacts, time: number): Moment {
  const { ruleSet, arrivals, panes, since, absent } = facts
  const view = viewOf(ruleSet, arrivals, panes, time)
  return {
    ...view,
    ...{ absent, isKnown: view.seen.some(isTold) && absent.length === 0 },
    missed: (window) => missedAt(window, view.seen, since, time),
    members: () => membersOf(arrivals).map((own) => momentsOfMember(ruleSet, own, panes)),
  }
}

function viewOf(ruleSet: RuleSet, arrivals: readonly Arrival[], panes: number, time: number): View {
  const seen = seenOf(ruleSet.by === undefined ? samplesOf(arrivals) : pooled(arrivals))
  const last = ruleSet.by === undefined ? lastOf(seen) : combined(ruleSet.combine, membersOf(arrivals))
  const part = (select: string | undefined): View => {
    if (select === undefined) return viewOf(ruleSet, arrivals, panes, time)
    const test = testOf(select)
    return viewOf(
      ruleSet,
      arrivals.filter(({ sample }) => test(sample.series)),
      panes,
      time,
    )
  }
  return { seen, time, panes, last, part }
}

export const testOf = (select: string): ReturnType<typeof compileTagQuery> => {
  const query = parseTagQuery(select)
  if (!query.ok) throw new TypeError(select)
  return compileTagQuery(query.value)
}

const lastOf = (seen: readonly Seen[]): Interval => {
  const last = seen.at(-1)
  return exactly(last === undefined ? NaN : numberOf(last))
}

/** A group keeps the samples of a member that is reported no longer. */
const pooled = (arrivals: readonly Arrival[]): readonly Arrival[] =>
  samplesOf(arrivals.filter(({ what }) => what !== 'marker'))

/** What came of each member that is still reported, in order. */
export function membersOf(arrivals: readonly Arrival[]): readonly (readonly Arrival[])[] {
  const keys = [...new Set(arrivals.map(({ sample }) => sample.series.key))]
  return keys.flatMap((key) => {
    const own = arrivals.filter(({ sample }) => sample.series.key === key)
    const alive = own.slice(own.findLastIndex(({ what }) => what === 'marker') + 1)
    return alive.length === 0 ? [] : [alive]
  })
}

/** A member is judged at each of its own samples. */
function momentsOfMember(ruleSet: RuleSet, own: readonly Arrival[], panes: number): readonly Moment[] {
  const alone: RuleSet = { id: ruleSet.id, select: ruleSet.select, rules: ruleSet.rules }
  return own.map(({ time }, index) =>
    momentOf(
      { ruleSet: alone, arrivals: own.slice(0, index + 1), panes, since: -Infinity, absent: [] },
      time,
    ),
  )
}

/** The last value of a group: of the last values of its members; unknown where one of them is. */
function combined(how: RuleSet['combine'], members: readonly (readonly Arrival[])[]): Interval {
  const values = members.map((own) => lastOf(seenOf(samplesOf(own))).low)
  if (how === undefined || values.length === 0 || values.some(Number.isNaN)) return exactly(NaN)
  if (how === 'min') return exactly(Math.min(...values))
  if (how === 'max') return exactly(Math.max(...values))
  const infinite = values.filter((one) => !Number.isFinite(one))
  if (infinite.length > 0) return exactly(infinite.reduce((sum, one) => sum + one))
  const sum = total(values.map(fromDouble))
  const right = nearestDouble(how === 'sum' ? sum : dividedBy(sum, rational(BigInt(values.length))))
  const by = Math.max(...values.map(Math.abs)) * 2 ** -48
  const isExact =
    values.every((one) => Number.isInteger(one) && Math.abs(one) < 2 ** 40) && Number.isInteger(right)
  return isExact ? exactly(right) : { low: right - by, high: right + by }
}

/** Of the last window that began and ended under watch: whether no sample came in it, or since. */
function missedAt(window: TimeWindow, seen: readonly Seen[], since: number, time: number): Truth {
  const ended = stretchesNear(window, time).filter(({ begin, end }) => begin >= since && end <= time)
  const last = ended.at(-1)
  if (last === undefined) return 'unknown'
  return seen.some((one) => one.time >= last.begin) ? 'false' : 'true'
}

/** When the next such window ends that began under watch, after a moment. */
export function nextMissed(window: TimeWindow, since: number, after: number): number {
  const ends = stretchesNear(window, after).filter(({ begin, end }) => begin >= since && end > after)
  return Math.min(Infinity, ...ends.map(({ end }) => end))
}
