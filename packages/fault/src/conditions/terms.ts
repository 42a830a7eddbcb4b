import { parseDuration } from '@tocsin/core'

import type { Comparison, PartTerm, Span, Term } from '../model/rule-set.ts'
import {
  type PaneRead,
  readAverage,
  readCounter,
  readDelta,
  readForecast,
  readMax,
  readMin,
  readQuantile,
  readRate,
  readStddev,
  readSum,
  readZscore,
} from '../windows/readers.ts'
import type { Lane, WindowNeed } from '../windows/window-need.ts'
import type { WindowReader, Windows } from '../windows/windows.ts'
import { sampleTest } from './comparison.ts'
import type { LeafPlan } from './leaf-plan.ts'
import type { Look } from './look.ts'

/** A term, ready to be read. */
export interface CompiledTerm {
  /** The number; NaN where it is unknown. */
  readonly read: (look: Look) => number
  /** How much of its window samples cover, ms; of a ratio, of the part that is less filled. Infinity where it has no window of time. */
  readonly filledMs: (look: Look) => number
  /** The window of time, ms, and its number; none for numbers of samples and for ratios. */
  readonly durationMs: number | undefined
  readonly need: number | undefined
}

/** A term of one row: its window, and how to read it. */
interface RowTerm {
  readonly need: number
  readonly durationMs: number | undefined
  readonly read: WindowReader
}

/** Compiles a term other than `last`, and adds the windows that it needs to the plan. */
export function compileTerm(term: Term, minFillMs: number, plan: LeafPlan): CompiledTerm {
  if (term.ratio !== undefined) return compileRatio(term.ratio, minFillMs, plan)
  const { windows } = plan
  const { need, durationMs, read } = rowTerm(term, minFillMs, windows)
  addNeed(plan.needs, need)
  const filledMs = filler(windows, need, durationMs)
  return {
    read: (look) => read(look.row, look.time),
    filledMs: (look) => filledMs(look.row, look.time),
    durationMs,
    need: durationMs === undefined ? undefined : need,
  }
}

/** The samples that changed: a change between two samples counts where the later one does. */
const changed: Comparison = { changed: true }

function rowTerm(term: Term, minFillMs: number, windows: Windows): RowTerm {
  const pane = (lane: Exclude<Lane, 'matches'>, duration: string, read: PaneRead): RowTerm => {
    const durationMs = msOf(duration)
    const need = windows.need({ durationMs, lane, minFillMs })
    return { need, durationMs, read: windows.reader(need, read) }
  }
  if (term.average !== undefined) return pane('sum', term.average, readAverage)
  if (term.sum !== undefined) return pane('sum', term.sum, readSum)
  if (term.min !== undefined) return pane('extremes', term.min, readMin)
  if (term.max !== undefined) return pane('extremes', term.max, readMax)
  if (term.stddev !== undefined) return pane('spread', term.stddev, readStddev)
  if (term.zscore !== undefined) return pane('zscore', term.zscore, readZscore)
  if (term.rate !== undefined) return pane('ends', term.rate, readRate)
  if (term.delta !== undefined) return pane('ends', term.delta, readDelta)
  if (term.counter !== undefined) return pane('increase', term.counter, readCounter)
  if (term.forecast !== undefined) return pane('trend', term.over, readForecast(msOf(term.forecast)))
  if (term.quantile !== undefined) return pane('quantiles', term.over, readQuantile(term.quantile))
  if (term.changes !== undefined) return changesOf(term.changes, minFillMs, windows)
  if (term.count !== undefined) return matchesOf(term.count, term.over, false, minFillMs, windows)
  if (term.share !== undefined) return matchesOf(term.share, term.over, true, minFillMs, windows)
  throw new TypeError(`no term of a window: ${JSON.stringify(term)}`)
}

/** Among n samples there are n - 1 changes at most. */
const changesOf = (span: Span, minFillMs: number, windows: Windows): RowTerm =>
  matchesOf(changed, typeof span === 'number' ? span - 1 : span, false, minFillMs, windows)

function matchesOf(
  comparison: Comparison,
  over: Span,
  isShare: boolean,
  minFillMs: number,
  windows: Windows,
): RowTerm {
  const of = { comparison, test: sampleTest(comparison) }
  if (typeof over === 'number') {
    const need = windows.need({ durationMs: 0, lane: 'recent', of })
    return { need, durationMs: undefined, read: windows.recentReader(need, over, isShare) }
  }
  const durationMs = msOf(over)
  const need = windows.need({ durationMs, lane: 'matches', of, minFillMs } satisfies WindowNeed)
  return { need, durationMs, read: windows.matchReader(need, isShare) }
}

/** A number of 0 divided by 0 is unknown; every other one is infinite, of its own sign. */
function compileRatio(
  [top, bottom]: readonly [PartTerm, PartTerm],
  minFillMs: number,
  plan: LeafPlan,
): CompiledTerm {
  const [above, below] = [compilePart(top, minFillMs, plan), compilePart(bottom, minFillMs, plan)]
  return {
    // 0 may be negative, which has no meaning here.
    read: (look) => above.read(look) / (below.read(look) + 0),
    filledMs: (look) => Math.min(above.filledMs(look), below.filledMs(look)),
    durationMs: undefined,
    need: undefined,
  }
}

type Part = Pick<CompiledTerm, 'read' | 'filledMs'>

function compilePart(term: PartTerm, minFillMs: number, plan: LeafPlan): Part {
  const { select } = term
  const index = select === undefined ? -1 : partOf(plan, select)
  const needs = plan.parts[index]?.needs ?? plan.needs
  const rowOf = (look: Look): number => (index < 0 ? look.row : (look.parts?.[index] ?? -1))
  const onRow =
    (read: WindowReader, nothing: number) =>
    (look: Look): number => {
      const row = rowOf(look)
      return row < 0 ? nothing : read(row, look.time)
    }
  if (term.last === true) {
    const last = (look: Look): number => (index < 0 ? look.value : look.lastOf(rowOf(look)))
    return { read: (look) => (rowOf(look) < 0 ? NaN : last(look)), filledMs: () => Infinity }
  }
  const { need, durationMs, read } = rowTerm(term, minFillMs, plan.windows)
  addNeed(needs, need)
  return { read: onRow(read, NaN), filledMs: onRow(filler(plan.windows, need, durationMs), 0) }
}

function partOf({ parts }: LeafPlan, select: string): number {
  const known = parts.findIndex((part) => part.select === select)
  return known >= 0 ? known : parts.push({ select, needs: [] }) - 1
}

const filler = (windows: Windows, need: number, durationMs: number | undefined): WindowReader =>
  durationMs === undefined ? () => Infinity : (row, time) => windows.filledMs(row, need, time)

function addNeed(needs: number[], need: number): void {
  if (!needs.includes(need)) needs.push(need)
  needs.sort((a, b) => a - b)
}

const msOf = (duration: string): number => parseDuration(duration) ?? NaN
