import { windowStart, type Duration, type Series } from '@tocsin/core'

import type { ProblemFacts } from '../problem.ts'
import { cellRollup, createCell, foldRollups, mergeRollups, recordReading, type Cell } from './cell.ts'
import type { Level } from './levels.ts'
import { readSample, sampleFacts, type Reading, type RollupInput } from './reading.ts'
import type { Rollup } from './rollups.ts'
import { createWindowTable, type WindowTable } from './window-table.ts'

/** Why a window was emitted: it closed, a late sample changed it after that, or the stream ended first. */
export type RollupCause = 'close' | 'late' | 'end'

/** One window of one series. */
export interface RollupUpdate {
  /** Whose window it is. */
  readonly series: Series
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
  readonly rollup: Rollup
}

/** What bounds the engine. */
export interface WindowEngineOptions {
  readonly levels: readonly [Level, ...Level[]]
  readonly maxDisorderMs: number
  readonly maxLateMs: number
  readonly maxFutureMs: number
  readonly maxSeries: number
}

/** Windows of many series by event time. `now` is the clock of whoever feeds it, and must not go back. */
export interface WindowEngine {
  /** Takes a sample; gives the windows that it closes or corrects. */
  add(input: RollupInput, now: number): readonly RollupUpdate[]
  /** Lets time pass without a sample. */
  advance(now: number): readonly RollupUpdate[]
  /** The windows that are still open, as the last thing. */
  end(): readonly RollupUpdate[]
  /** When {@link WindowEngine.advance} closes the next window; `undefined` while none is open. */
  due(): number | undefined
}

/** A series and its windows that can still change. */
interface Tracked {
  readonly series: Series
  /** Windows of the shortest length, by start. */
  readonly cells: Map<number, Cell>
  /** Per level, by start. */
  readonly windows: readonly Map<number, TrackedWindow>[]
}

interface TrackedWindow {
  /** Of the next emission. */
  revision: number
  /** The fold of those shortest windows that can no longer change. */
  sealed: Rollup | undefined
}

const nothing: readonly RollupUpdate[] = []

/** An engine without samples; `report` hears of those that are not taken. */
export function createWindowEngine(
  options: WindowEngineOptions,
  report: (problem: ProblemFacts) => void,
): WindowEngine {
  const { levels, maxDisorderMs, maxLateMs, maxFutureMs, maxSeries } = options
  const tracked = new Map<string, Tracked>()
  const table: WindowTable<Tracked> = createWindowTable(levels, maxLateMs)
  let newest = -Infinity
  /** How far the newest sample was ahead of the clock: until a newer one comes, event time goes on at the clock's pace. */
  let lead = -Infinity
  let watermark = -Infinity

  const advance = (now: number): readonly RollupUpdate[] => {
    watermark = Math.max(watermark, now + lead - maxDisorderMs)
    if (watermark < table.next()) return nothing
    const closing = table.close(watermark)
    const updates = closing.flatMap(({ level, start, members }) =>
      members.map((member) => emit(member, level, start, 'close')),
    )
    for (const { level, start, members } of table.expire(watermark)) {
      for (const member of members) expire(member, level, start)
    }
    return updates
  }

  const emit = (member: Tracked, level: number, start: number, cause: RollupCause): RollupUpdate => {
    const { period, periodMs } = levels[level] ?? levels[0]
    const window = member.windows[level]?.get(start)
    const rollup = foldWindow(member, window, start, start + periodMs)
    if (window === undefined || rollup === undefined) throw new Error('a window without samples was tracked')
    const revision = window.revision
    window.revision += 1
    return { series: member.series, period, start, end: start + periodMs, revision, cause, rollup }
  }

  const expire = (member: Tracked, level: number, start: number): void => {
    if (level === 0) seal(member, start)
    member.windows[level]?.delete(start)
    // The longest window outlives the others.
    if (level === levels.length - 1 && member.windows[level]?.size === 0) tracked.delete(member.series.key)
  }

  /** Adds a window that no sample can change any more to the longer ones. They expire in order of time. */
  const seal = (member: Tracked, start: number): void => {
    const cell = member.cells.get(start)
    const rollup = cell === undefined ? undefined : cellRollup(cell)
    member.cells.delete(start)
    if (rollup === undefined) return
    for (const [index, { periodMs }] of levels.entries()) {
      const window = member.windows[index]?.get(windowStart(start, periodMs))
      if (index === 0 || window === undefined) continue
      window.sealed = window.sealed === undefined ? rollup : mergeRollups(window.sealed, rollup)
    }
  }

  const track = (series: Series): Tracked | undefined => {
    const known = tracked.get(series.key)
    if (known !== undefined) return known
    if (tracked.size >= maxSeries) return undefined
    const member = { series, cells: new Map(), windows: levels.map(() => new Map()) }
    tracked.set(series.key, member)
    return member
  }

  const open = (member: Tracked, time: number, start: number, kind: Cell['kind']): Cell => {
    const cell = createCell(kind)
    member.cells.set(start, cell)
    for (const [index, { periodMs }] of levels.entries()) {
      const from = windowStart(time, periodMs)
      if (member.windows[index]?.has(from) === true) continue
      member.windows[index]?.set(from, { revision: 0, sealed: undefined })
      table.add(index, from, member, watermark)
    }
    return cell
  }

  /** Records a reading; gives its series, or `undefined` where it is not taken. */
  const record = (reading: Reading, input: RollupInput): Tracked | undefined => {
    const { series } = input
    const start = windowStart(reading.time, levels[0].periodMs)
    if (start + levels[0].periodMs + maxLateMs <= watermark) {
      report(about(input, 'too-late', `the sample came more than ${maxLateMs} ms after its window closed`))
      return undefined
    }
    const member = track(series)
    if (member === undefined) {
      report(about(input, 'too-many-series', `there are ${maxSeries} series already`))
      return undefined
    }
    const cell = member.cells.get(start) ?? open(member, reading.time, start, reading.kind)
    if (recordReading(cell, reading)) return member
    report(about(input, 'kind-changed', `the window is ${cell.kind}, the sample ${reading.kind}`))
    return undefined
  }

  return {
    advance,
    due: () => {
      const next = table.nextClose()
      return next === undefined ? undefined : next - lead + maxDisorderMs
    },
    add: (input, now) => {
      const reading = readSample(input)
      if (reading.kind === 'refused') {
        report(about(input, reading.reason, reading.message))
        return nothing
      }
      if (reading.time > now + maxFutureMs) {
        report(about(input, 'in-future', `the sample is more than ${maxFutureMs} ms ahead of the clock`))
        return nothing
      }
      if (reading.kind === 'text' && reading.cut) report(about(input, 'text-cut', 'the text was shortened'))
      if (reading.time > newest) {
        newest = reading.time
        lead = newest - now
      }
      const closed = advance(now)
      const member = record(reading, input)
      if (member === undefined || windowEnd(reading.time, levels[0]) > watermark) return closed
      const corrected = levels
        .map((level, index) => ({ level, index }))
        .filter(({ level }) => windowEnd(reading.time, level) <= watermark)
        .map(({ level, index }) => emit(member, index, windowStart(reading.time, level.periodMs), 'late'))
      return [...closed, ...corrected]
    },
    end: () =>
      table
        .close(Infinity)
        .flatMap(({ level, start, members }) => members.map((member) => emit(member, level, start, 'end'))),
  }
}

const windowEnd = (time: number, { periodMs }: Level): number => windowStart(time, periodMs) + periodMs

const about = (input: RollupInput, reason: ProblemFacts['reason'], message: string): ProblemFacts => ({
  reason,
  message,
  ...sampleFacts(input),
})

function foldWindow(
  member: Tracked,
  window: TrackedWindow | undefined,
  start: number,
  end: number,
): Rollup | undefined {
  const parts: Rollup[] = window?.sealed === undefined ? [] : [window.sealed]
  const starts = [...member.cells.keys()].filter((at) => at >= start && at < end).sort((a, b) => a - b)
  for (const at of starts) {
    const cell = member.cells.get(at)
    const rollup = cell === undefined ? undefined : cellRollup(cell)
    if (rollup !== undefined) parts.push(rollup)
  }
  return foldRollups(parts)
}
