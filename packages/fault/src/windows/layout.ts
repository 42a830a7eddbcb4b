import type { Chunk } from './chunk.ts'
import { createChunk, grownChunk } from './chunk.ts'
import { baseHeaderWords, type PaneWindow } from './pane-window.ts'
import type { QuantileBins } from './lanes/quantile.ts'
import type { RecentSamples } from './recent-samples.ts'
import { keyOfLane, type SampleTest, type WindowNeed } from './window-need.ts'

/** Most bytes of a chunk, unless one record is longer. */
const chunkBytes = 2 ** 18

/** Numbers of needs that are kept in one window: of one length, with lanes beside each other. */
export type Group = readonly number[]

/** How the records of rows with the same windows lie in memory: side by side, one record a row, in chunks. */
export interface Layout {
  readonly groups: readonly Group[]
  readonly windows: readonly PaneWindow[]
  readonly recents: readonly RecentSamples[]
  /** By number of a need: its window, its samples, and of `matches` the word in a pane. */
  readonly windowOf: readonly (PaneWindow | undefined)[]
  readonly recentOf: readonly (RecentSamples | undefined)[]
  readonly matchWordOf: readonly (number | undefined)[]
  /** Words of a record. */
  readonly words: number
  /** Records of a chunk: two to this power. */
  readonly shift: number
  readonly chunks: Chunk[]
  /** Places of records that are free again, and how many places were ever used. */
  readonly free: number[]
  used: number
}

/** Lays out windows, one a group; the last 32 samples are groups of their own. */
export function createLayout(groups: readonly Group[], needs: readonly WindowNeed[], panes: number): Layout {
  const windows: PaneWindow[] = []
  const recents: RecentSamples[] = []
  const windowOf: (PaneWindow | undefined)[] = []
  const recentOf: (RecentSamples | undefined)[] = []
  const matchWordOf: (number | undefined)[] = []
  let words = 0
  for (const group of groups) {
    const of = group.flatMap((number) => needs[number] ?? [])
    const [first] = of
    if (first?.lane === 'recent') {
      const recent = { of: first.of, word: words }
      recents.push(recent)
      for (const number of group) recentOf[number] = recent
      words += 1
      continue
    }
    const window = layPanes(of, words, panes)
    windows.push(window)
    for (const number of group) {
      windowOf[number] = window
      const test = needs[number]?.of
      if (test !== undefined) matchWordOf[number] = wordOf(window, test)
    }
    words += window.headerWords + window.ringWords
  }
  const perChunk = Math.max(1, Math.floor(chunkBytes / 8 / Math.max(1, words)))
  const shift = Math.floor(Math.log2(perChunk))
  return {
    ...{ groups, windows, recents, windowOf, recentOf, matchWordOf, words, shift },
    ...{ chunks: [], free: [], used: 0 },
  }
}

const keyOfTest = (of: SampleTest): string => keyOfLane({ durationMs: 0, lane: 'recent', of })

const wordOf = (window: PaneWindow, of: SampleTest): number | undefined =>
  window.matches.find((match) => keyOfTest(match.of) === keyOfTest(of))?.word

function layPanes(needs: readonly WindowNeed[], offset: number, panes: number): PaneWindow {
  const durationMs = needs[0]?.durationMs ?? 0
  const lanes = new Set<string>(needs.map(({ lane }) => lane))
  const hasZscore = lanes.has('zscore')
  let stride = 1
  const take = (isNeeded: boolean, words: number): number => {
    if (!isNeeded) return 0
    stride += words
    return stride - words
  }
  // The sum lies beside its rest.
  const sum = take(lanes.has('sum'), 1)
  const words = {
    sum,
    extremes: take(lanes.has('extremes'), 2),
    spread: take(lanes.has('spread') || hasZscore, 2),
    ends: take(lanes.has('ends'), 4),
    increase: take(lanes.has('increase'), 2),
    trend: take(lanes.has('trend'), 4),
  }
  const tests = new Map(needs.flatMap(({ of }) => (of === undefined ? [] : [[keyOfTest(of), of] as const])))
  const matches = [...tests.values()].map((of) => ({ of, word: take(true, 1) }))
  const quantiles: QuantileBins | undefined = lanes.has('quantiles') ? { panes: [] } : undefined
  return {
    ...{ durationMs, widthMs: Math.max(1, Math.ceil(durationMs / panes)), panes, offset },
    minFillMs: Math.max(0, ...needs.map(({ minFillMs = 0 }) => minFillMs)),
    headerWords: baseHeaderWords + (hasZscore ? 1 : 0),
    ...{ stride, ringWords: stride * panes, lanes: words, matches, hasZscore, quantiles },
  }
}

/** Makes room for one more record, all zeros, and gives its place. */
export function takePlace(layout: Layout): number {
  const { words, shift, chunks, free } = layout
  const freed = free.pop()
  if (freed !== undefined) {
    const at = recordAt(layout, freed)
    chunkOf(layout, freed).f64.fill(0, at, at + words)
    return freed
  }
  const place = layout.used
  layout.used += 1
  const number = place >>> shift
  const needed = (recordAt(layout, place) + words) | 0
  const chunk = chunks[number]
  if (chunk === undefined) chunks.push(createChunk(number === 0 ? needed : words << shift))
  // The first one grows, so that a layout of few rows is small.
  else if (chunk.f64.length < needed) chunks[number] = grownChunk(chunk, Math.min(words << shift, needed * 2))
  return place
}

/** Gives a place back; the last one gives all memory back. */
export function givePlace(layout: Layout, place: number): void {
  for (const { quantiles, panes } of layout.windows)
    for (let pane = place * panes; quantiles !== undefined && pane < (place + 1) * panes; pane += 1)
      quantiles.panes[pane] = undefined
  layout.free.push(place)
  if (layout.free.length < layout.used) return
  layout.free.length = layout.chunks.length = layout.used = 0
  for (const { quantiles } of layout.windows) if (quantiles !== undefined) quantiles.panes.length = 0
}

const nothing = createChunk(0)

export const chunkOf = (layout: Layout, place: number): Chunk =>
  layout.chunks[place >>> layout.shift] ?? nothing

/** The word in its chunk where a record begins. */
export const recordAt = ({ shift, words }: Layout, place: number): number =>
  (place & ((1 << shift) - 1)) * words
