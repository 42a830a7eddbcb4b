import { windowStart, type Duration, type Series } from '@tocsin/core'

import type { ReportRollupProblem, RollupProblemReason } from '../../problem.ts'
import { recordReading, type Cell } from '../cell.ts'
import { EventTime } from './event-time.ts'
import type { Level } from '../levels.ts'
import { readSample, sampleFacts, type Reading, type RollupInput } from '../reading.ts'
import type { Rollup } from '../rollups.ts'
import { TrackedSeries, type WindowPlace, type WindowRules } from './tracked-series.ts'
import { createWindowTable, type WindowTable } from './window-table.ts'

/** Why a window was emitted: it closed, a late sample changed it after that, or the stream ended first. */
export type RollupCause = 'close' | 'late' | 'end'

/** One window of one series. */
export interface RollupUpdate<S extends Series = Series> {
  /** Tells it from what else is emitted. */
  readonly type: 'window'
  /** Whose window it is. */
  readonly series: S
  /** Its length, such as `'5m'`. */
  readonly period: Duration
  /** Its first moment, ms since the Unix epoch; a multiple of the length. */
  readonly start: number
  /** Its end, exclusive, ms since the Unix epoch. */
  readonly end: number
  /** 0 when first emitted, one more with each correction; a higher one replaces a lower one. */
  readonly revision: number
  /** Why it was emitted. */
  readonly cause: RollupCause
  /** What it holds. */
  readonly aggregate: Rollup
}

/** What bounds the engine. */
export interface WindowBounds extends WindowRules {
  readonly maxDisorderMs: number
  readonly maxLateMs: number
  readonly maxFutureMs: number
  readonly maxSeries: number
}

/**
 * Windows of many series by event time. Equal inputs give equal windows; when `advance` is called in between makes no difference.
 *
 * Time: `now` is the clock of whoever feeds it, ms since the Unix epoch, and must not go back. Where it does, nothing is undone:
 * windows that closed stay closed, and event time stands still until `now` has caught up. Samples that are ahead of `now` are taken,
 * but close nothing: that is left to `now`.
 */
export interface WindowEngine<S extends RollupInput = RollupInput> {
  /** Takes a sample that is delivered at `now`; gives the windows that it closes or corrects. */
  add(input: S, now: number): readonly RollupUpdate<S['series']>[]
  /** Closes the windows that are due. */
  advance(now: number): readonly RollupUpdate<S['series']>[]
  /** The windows that are still open, with the cause `'end'`; after all else. */
  end(): readonly RollupUpdate<S['series']>[]
  /**
   * When `advance` must be called at the latest, if no sample comes, ms since the Unix epoch: it closes the next window then.
   * `Infinity` while none is open.
   */
  nextDue(): number
}

const nothing: readonly never[] = []

/** An engine without samples; `report` hears of those that are not taken. */
export function createLevelEngine<S extends RollupInput = RollupInput>(
  options: WindowBounds,
  report: ReportRollupProblem,
): WindowEngine<S> {
  return new SeriesWindows(options, report)
}

class SeriesWindows<S extends RollupInput> implements WindowEngine<S> {
  readonly #options: WindowBounds
  readonly #report: ReportRollupProblem
  readonly #tracked = new Map<string, TrackedSeries<S['series']>>()
  readonly #table: WindowTable<TrackedSeries<S['series']>>
  readonly #time: EventTime

  constructor(options: WindowBounds, report: ReportRollupProblem) {
    this.#options = options
    this.#report = report
    this.#table = createWindowTable(options.levels, options.maxLateMs)
    this.#time = new EventTime(options.maxDisorderMs)
  }

  add(input: S, now: number): readonly RollupUpdate<S['series']>[] {
    // First what was due before it came: whether somebody woke the engine for that must make no difference.
    const due = this.advance(now)
    const updates = this.#take(input, now)
    return due.length === 0 ? updates : [...due, ...updates]
  }

  advance(now: number): readonly RollupUpdate<S['series']>[] {
    this.#time.advance(now)
    const { watermark } = this.#time
    if (watermark < this.#table.next()) return nothing
    const updates = this.#close(watermark, 'close')
    for (const { level, start, members } of this.#table.expire(watermark)) {
      for (const member of members) {
        if (member.expire({ level, start })) this.#tracked.delete(member.series.key)
      }
    }
    return updates
  }

  end(): readonly RollupUpdate<S['series']>[] {
    return this.#close(Infinity, 'end')
  }

  nextDue(): number {
    return this.#time.clockAt(this.#table.nextClose())
  }

  #take(input: S, now: number): readonly RollupUpdate<S['series']>[] {
    const { maxFutureMs } = this.#options
    const reading = readSample(input)
    if (reading.kind === 'refused') return this.#refuse(input, reading.reason, reading.message)
    if (reading.time > now + maxFutureMs) {
      return this.#refuse(input, 'in-future', `the sample is more than ${maxFutureMs} ms ahead of the clock`)
    }
    if (reading.kind === 'text' && reading.cut) this.#refuse(input, 'text-cut', 'the text was shortened')
    this.#time.see(reading.time, now)
    const closed = this.advance(now)
    const member = this.#record(reading, input)
    if (member === undefined) return closed
    const corrected = this.#correct(member, reading.time)
    return corrected.length === 0 ? closed : [...closed, ...corrected]
  }

  /** Records a reading; gives its series, or `undefined` where it is not taken. */
  #record(reading: Reading, input: S): TrackedSeries<S['series']> | undefined {
    const { levels, maxSeries, maxLateMs } = this.#options
    const start = windowStart(reading.time, levels[0].periodMs)
    if (this.#isFinal(windowEnd(reading.time, levels[levels.length - 1] ?? levels[0]))) {
      this.#refuse(input, 'too-late', `the sample came more than ${maxLateMs} ms after its windows closed`)
      return undefined
    }
    const member = this.#track(input.series)
    if (member === undefined) {
      this.#refuse(input, 'too-many-series', `there are ${maxSeries} series already`)
      return undefined
    }
    if (this.#isFinal(start + levels[0].periodMs)) return this.#merge(member, reading, input)
    const cell = member.cell(start) ?? this.#open(member, start, reading.kind, input)
    if (recordReading(cell, reading)) return member
    this.#refuse(input, 'kind-changed', `the window is ${cell.kind}, the sample ${reading.kind}`)
    return undefined
  }

  /** Whether a window that ends then can no longer change. */
  #isFinal(end: number): boolean {
    return end + this.#options.maxLateMs <= this.#time.watermark
  }

  /** Adds a reading to the longer windows alone, of which only the sums are left for that time. */
  #merge(member: TrackedSeries<S['series']>, reading: Reading, input: S): TrackedSeries<S['series']> {
    const { levels, maxLateMs } = this.#options
    const { watermark } = this.#time
    const { opened, conflicts, estimated } = member.merge(reading, watermark - maxLateMs)
    for (const { level, start } of opened) this.#table.add(level, start, member, watermark)
    const effect = estimated > 0 ? ', some of them inexact from now on' : ''
    const message =
      `the sample came more than ${maxLateMs} ms after its window of ${levels[0].period} closed; ` +
      `only longer ones that are not final hold it${effect}`
    this.#refuse(input, 'too-late', message)
    if (conflicts > 0) this.#refuse(input, 'kind-changed', `${conflicts} longer windows hold another kind`)
    return member
  }

  #track(series: S['series']): TrackedSeries<S['series']> | undefined {
    const known = this.#tracked.get(series.key)
    if (known !== undefined) return known
    if (this.#tracked.size >= this.#options.maxSeries) return undefined
    const member = new TrackedSeries<S['series']>(series, this.#options)
    this.#tracked.set(series.key, member)
    return member
  }

  #open(member: TrackedSeries<S['series']>, start: number, kind: Cell['kind'], input: RollupInput): Cell {
    const { cell, opened, other } = member.open(start, kind)
    for (const place of opened) this.#table.add(place.level, place.start, member, this.#time.watermark)
    if (other !== undefined) {
      const message = `a longer window holds both ${other} and ${kind} values; it keeps the kind that is earlier in time`
      this.#refuse(input, 'kind-changed', message)
    }
    return cell
  }

  /** Emits those windows of a reading that were closed before it came. */
  #correct(member: TrackedSeries<S['series']>, time: number): readonly RollupUpdate<S['series']>[] {
    const { levels } = this.#options
    if (windowEnd(time, levels[0]) > this.#time.watermark) return nothing
    return levels
      .map((level, index) => ({ level, index }))
      .map((one) => ({ ...one, end: windowEnd(time, one.level) }))
      .filter(({ end }) => end <= this.#time.watermark && !this.#isFinal(end))
      .map(({ level, index }) =>
        this.#emit(member, { level: index, start: windowStart(time, level.periodMs) }, 'late'),
      )
  }

  #close(watermark: number, cause: RollupCause): RollupUpdate<S['series']>[] {
    return this.#table
      .close(watermark)
      .flatMap(({ level, start, members }) =>
        members.map((member) => this.#emit(member, { level, start }, cause)),
      )
  }

  #emit(
    member: TrackedSeries<S['series']>,
    place: WindowPlace,
    cause: RollupCause,
  ): RollupUpdate<S['series']> {
    const { start } = place
    const { period, periodMs } = this.#options.levels[place.level] ?? this.#options.levels[0]
    const { revision, rollup: aggregate } = member.emit(place)
    const { series } = member
    return { type: 'window', series, period, start, end: start + periodMs, revision, cause, aggregate }
  }

  #refuse(
    input: RollupInput,
    reason: RollupProblemReason,
    message: string,
  ): readonly RollupUpdate<S['series']>[] {
    this.#report(reason, () => sampleFacts(input, message))
    return nothing
  }
}

const windowEnd = (time: number, { periodMs }: Level): number => windowStart(time, periodMs) + periodMs
