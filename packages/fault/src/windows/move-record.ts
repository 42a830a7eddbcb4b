import type { Chunk } from './chunk.ts'
import { chunkOf, type Layout, recordAt } from './layout.ts'
import { baseHeaderWords, type PaneWindow } from './pane-window.ts'

/** Where a record lies. */
interface Record {
  readonly layout: Layout
  readonly place: number
  readonly chunk: Chunk
  readonly at: number
}

const recordOf = (layout: Layout, place: number): Record => ({
  ...{ layout, place, chunk: chunkOf(layout, place), at: recordAt(layout, place) },
})

/** Copies what two layouts both keep from a record of one into a record of the other. */
export function copyWindows(from: Layout, fromPlace: number, to: Layout, toPlace: number): void {
  const source = recordOf(from, fromPlace)
  const target = recordOf(to, toPlace)
  for (const group of to.groups) {
    const need = group.find((number) => from.windowOf[number] ?? from.recentOf[number])
    if (need === undefined) continue
    const [sourceRecent, targetRecent] = [from.recentOf[need], to.recentOf[need]]
    if (sourceRecent !== undefined && targetRecent !== undefined)
      copy(source, sourceRecent.word, target, targetRecent.word, 1)
    const [sourceWindow, targetWindow] = [from.windowOf[need], to.windowOf[need]]
    if (sourceWindow !== undefined && targetWindow !== undefined)
      copyWindow(source, sourceWindow, target, targetWindow)
  }
}

function copy(source: Record, from: number, target: Record, to: number, words: number): void {
  target.chunk.f64.set(source.chunk.f64.subarray(source.at + from, source.at + from + words), target.at + to)
}

function copyWindow(source: Record, from: PaneWindow, target: Record, to: PaneWindow): void {
  copy(source, from.offset, target, to.offset, baseHeaderWords)
  if (from.hasZscore && to.hasZscore)
    copy(source, from.offset + baseHeaderWords, target, to.offset + baseHeaderWords, 1)
  const lanes = lanesOf(from, to)
  for (let pane = 0; pane < to.panes; pane += 1) {
    const left = from.offset + from.headerWords + pane * from.stride
    const right = to.offset + to.headerWords + pane * to.stride
    for (const [a, b, words] of lanes) copy(source, left + a, target, right + b, words)
    const bins = from.quantiles?.panes[source.place * from.panes + pane]
    if (to.quantiles !== undefined && bins !== undefined)
      to.quantiles.panes[target.place * to.panes + pane] = new Map(bins)
  }
}

/** Words in a pane of both, and how many. */
function lanesOf(from: PaneWindow, to: PaneWindow): readonly (readonly [number, number, number])[] {
  const sizes = { sum: 1, extremes: 2, spread: 2, ends: 4, increase: 2, trend: 4 } as const
  const names = Object.keys(sizes) as (keyof typeof sizes)[]
  const lanes = names.map((name) => [from.lanes[name], to.lanes[name], sizes[name]] as const)
  const matches = to.matches.flatMap(({ of, word }) => {
    const same = from.matches.find((match) => match.of === of || isSame(match.of, of))
    return same === undefined ? [] : [[same.word, word, 1] as const]
  })
  return [[0, 0, 1], ...lanes.filter(([a, b]) => a > 0 && b > 0), ...matches]
}

const isSame = (a: { readonly comparison: object }, b: { readonly comparison: object }): boolean =>
  JSON.stringify(Object.entries(a.comparison).sort()) === JSON.stringify(Object.entries(b.comparison).sort())
