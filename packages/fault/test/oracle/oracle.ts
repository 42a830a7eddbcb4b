import { series } from '@tocsin/core'

import type { Condition, RuleSet } from '../../src/model/rule-set.ts'
import type { TimeWindow } from '../../src/model/time-window.ts'
import { type Arrival, arrivalsOf, type Delivery, type Limits, usualLimits } from './arrivals.ts'
import { type Expected, Instance } from './instance.ts'
import { membersOf, momentOf, nextMissed, testOf } from './row.ts'
import { ms } from './terms.ts'

/** The events that should be told of each rule set and series (or group), by `id key`. */
export type Expectation = Readonly<Record<string, readonly Expected[]>>

/**
 * What the definitions say of a whole history: deliveries in order of `now`, and the moment up to which the clock then goes. One rule
 * set and series at a time; at each moment all that came of it is looked at anew.
 */
export function expected(
  ruleSets: readonly RuleSet[],
  deliveries: readonly Delivery[],
  end: number,
  limits: Limits = usualLimits,
): Expectation {
  const all = arrivalsOf(deliveries, limits)
  const expectation: Record<string, readonly Expected[]> = {}
  for (const ruleSet of ruleSets) {
    const test = testOf(ruleSet.select)
    const rows = new Map<string, Arrival[]>()
    for (const one of all) {
      const { series: of } = one.sample
      const row = rowOf(ruleSet, of.tags, of.key)
      if (row === undefined || !test(of)) continue
      rows.set(row, [...(rows.get(row) ?? []), one])
    }
    const isExpected = (row: string): boolean =>
      ruleSet.expect?.some((tags) => rowOf(ruleSet, tags, '') === row) ?? false
    for (const tags of ruleSet.expect ?? []) {
      const row = rowOf(ruleSet, tags, '') ?? ''
      if (!rows.has(row)) rows.set(row, [])
    }
    const start = deliveries[0]?.now ?? end
    for (const [row, arrivals] of rows) {
      const watch = new Watch(ruleSet, limits, isExpected(row) ? start : undefined)
      const events = watch.run(arrivals, end)
      // A fault is named when it opens: before its first sample, a group has the name of its rule set.
      const isNamed = ({ openedAt }: Expected): boolean =>
        !events.slice(0, watch.toldBeforeFirst).some((one) => one.openedAt === openedAt)
      for (const [name, some] of [
        [nameOf(ruleSet, [], row), events.filter((one) => !isNamed(one))],
        [nameOf(ruleSet, arrivals, row), events.filter(isNamed)],
      ] as const)
        if (some.length > 0) expectation[`${ruleSet.id} ${name}`] = some
    }
  }
  return expectation
}

/** The row of a series; none where it lacks a tag. */
function rowOf({ by }: RuleSet, tags: Readonly<Record<string, string>>, key: string): string | undefined {
  if (by === undefined) return key
  const values = by.map((tag) => tags[tag])
  return values.includes(undefined) ? undefined : JSON.stringify(values)
}

/** The key of a series, or of a group: the metric of its first member, or the rule set where there is none, and its tags. */
function nameOf({ by, id }: RuleSet, arrivals: readonly Arrival[], row: string): string {
  if (by === undefined) return row
  const values = JSON.parse(row) as string[]
  const tags = Object.fromEntries(by.map((tag, index) => [tag, values[index] ?? '']))
  return series(arrivals[0]?.sample.series.metric ?? id, tags).key
}

/** One series or group under one rule set, through all its lives. */
class Watch {
  /** Events before the first sample. */
  toldBeforeFirst = 0
  readonly #ruleSet: RuleSet
  readonly #limits: Limits
  readonly #start: number | undefined
  readonly #absences: readonly number[]
  readonly #windows: readonly TimeWindow[]
  readonly #events: Expected[] = []
  #instance: Instance
  #arrivals: Arrival[] = []
  #since = Infinity
  #newest = Infinity
  #absent: number[] = []
  /** The last moment at which windows of time were looked at. */
  #missedAt = Infinity

  constructor(ruleSet: RuleSet, limits: Limits, start: number | undefined) {
    this.#ruleSet = ruleSet
    this.#limits = limits
    this.#start = start
    const leaves = ruleSet.rules.flatMap(({ when, clear }) => leavesOf(when).concat(leavesOf(clear)))
    const absences = leaves.flatMap(({ absentFor }) => (absentFor === undefined ? [] : [ms(absentFor)]))
    this.#absences = [...new Set(absences)].toSorted((a, b) => a - b)
    this.#windows = leaves.flatMap(({ missedDuring }) => missedDuring ?? [])
    this.#instance = new Instance(ruleSet)
    if (start !== undefined) this.#since = this.#newest = this.#missedAt = start
  }

  run(arrivals: readonly Arrival[], end: number): readonly Expected[] {
    for (const arrival of arrivals) {
      this.#tellKnown(arrival.now)
      if (arrival === arrivals[0]) this.toldBeforeFirst = this.#instance.events.length
      if (arrival.what === 'marker') this.#mark(arrival)
      else this.#take(arrival)
    }
    this.#tellKnown(end)
    if (arrivals.length === 0) this.toldBeforeFirst = this.#instance.events.length
    return [...this.#events, ...this.#instance.events]
  }

  /** All that was due long enough ago for no fresh sample to be on its way. */
  #tellKnown(now: number): void {
    const lateness = this.#limits.staleAfterMs
    for (;;) {
      const due = Math.min(this.#turnDue(), this.#instance.muteDue(), this.#absenceDue(), this.#goneDue())
      if (due === Infinity || due + lateness > now) return
      this.#tell(due, due + lateness, true)
    }
  }

  #take(arrival: Arrival): void {
    const { now, time } = arrival
    // What ran out before the sample was taken is decided by it; silence is not.
    for (let due = this.#turnDue(); due < time; due = this.#turnDue()) this.#tell(due, now, false)
    this.#arrivals.push(arrival)
    if (this.#since === Infinity) this.#since = this.#missedAt = time
    this.#newest = this.#newest === Infinity ? time : Math.max(this.#newest, time)
    this.#absent = []
    this.#missedAt = Math.max(this.#missedAt, time)
    this.#judge(time, now)
  }

  #mark(arrival: Arrival): void {
    const { now, time } = arrival
    for (let due = this.#turnDue(); due < time; due = this.#turnDue()) this.#tell(due, now, false)
    this.#arrivals.push(arrival)
    if (
      this.#ruleSet.by === undefined ||
      (membersOf(this.#arrivals).length === 0 && this.#start === undefined)
    )
      this.#end(time, now)
    else this.#judge(time, now)
  }

  #tell(due: number, told: number, isByClock: boolean): void {
    if (isByClock && due === this.#goneDue()) {
      this.#end(due, told)
      return
    }
    const isAbsence = isByClock && due === this.#absenceDue()
    const isMissed = due === this.#missedDue()
    if (isAbsence) this.#absent = this.#absences.filter((one) => this.#newest + one <= due)
    if (isMissed) this.#missedAt = due
    if (isAbsence || isMissed) this.#judge(due, told, isByClock)
    else this.#instance.runOut(due, told, isByClock)
  }

  #judge(time: number, told: number, isByClock = false): void {
    const facts = {
      ruleSet: this.#ruleSet,
      arrivals: [...this.#arrivals],
      panes: this.#limits.panes,
      since: this.#since,
      absent: [...this.#absent],
    }
    this.#instance.judge(momentOf(facts, time), told, isByClock)
  }

  #end(time: number, told: number): void {
    this.#instance.end(time, told)
    this.#events.push(...this.#instance.events)
    this.#instance = new Instance(this.#ruleSet, this.#instance.earliest)
    this.#arrivals = []
    this.#absent = []
    this.#since = this.#newest = this.#missedAt = Infinity
  }

  /** The next hold or mute that runs out, or window of time that ends. */
  #turnDue(): number {
    return Math.min(this.#instance.nextDue(), this.#missedDue())
  }

  #missedDue(): number {
    if (this.#since === Infinity) return Infinity
    return Math.min(Infinity, ...this.#windows.map((one) => nextMissed(one, this.#since, this.#missedAt)))
  }

  #absenceDue(): number {
    const next = this.#absences.find((one) => !this.#absent.includes(one))
    return next === undefined ? Infinity : this.#newest + next
  }

  #goneDue(): number {
    if (this.#start !== undefined) return Infinity
    return this.#newest + forgetAfterOf(this.#ruleSet, this.#absences, this.#windows)
  }
}

/** Twice as long as rules wait: for a window of the day, until it comes again and has passed. */
function forgetAfterOf(
  { forgetAfter }: RuleSet,
  absences: readonly number[],
  windows: readonly TimeWindow[],
): number {
  const day = 86_400_000
  if (forgetAfter !== undefined) return ms(forgetAfter)
  const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
  const daysOf = (window: TimeWindow): number => {
    if ('start' in window) return 0
    const isOn = (index: number): boolean => window.days?.some((one) => one === week[index % 7]) ?? true
    const gaps = week.map((_, from) => {
      if (!isOn(from)) return 0
      let to = from + 1
      while (!isOn(to)) to += 1
      return to - from
    })
    return Math.max(...gaps) + 1
  }
  return Math.max(day, 2 * Math.max(0, ...absences), ...windows.map((one) => 2 * day * daysOf(one)))
}

function leavesOf(condition: Condition | undefined): readonly Condition[] {
  if (condition === undefined) return []
  const { all, any, not, some, members } = condition
  if (not !== undefined) return leavesOf(not)
  if (members !== undefined) return leavesOf(members)
  const parts = all ?? any ?? (some === undefined ? undefined : condition.of)
  return parts === undefined ? [condition] : parts.flatMap(leavesOf)
}
