import type { TextCount, TextPoint, TextRollup } from './rollups.ts'
import type { SequenceAlgebra } from './sequence.ts'

/** Most different texts that one window counts. Dropping all counts beyond it keeps merging independent of the order. */
const maxTextCounts = 64

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const compare = (a: TextPoint, b: TextPoint): number => a.time - b.time || compareText(a.value, b.value)

function fold(times: readonly number[], values: readonly string[], end: number): TextRollup {
  const pointAt = (at: number): TextPoint => ({ time: times[at] ?? 0, value: values[at] ?? '' })
  let last = values[0]
  let changes = 0
  const counts = new Map<string, number>()
  for (let at = 0; at < end; at += 1) {
    const value = values[at] ?? ''
    if (value !== last) changes += 1
    last = value
    // One beyond the limit is enough to know that it is passed.
    if (counts.size <= maxTextCounts) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return {
    kind: 'text',
    count: end,
    changes,
    first: pointAt(0),
    last: pointAt(end - 1),
    counts: sortedCounts(counts),
    inexact: false,
  }
}

function sortedCounts(counts: ReadonlyMap<string, number>): readonly TextCount[] | null {
  if (counts.size > maxTextCounts) return null
  return [...counts].sort(([a], [b]) => compareText(a, b)).map(([value, count]) => ({ value, count }))
}

/** Two windows; where they overlap in time, the changes are an estimate. */
export function mergeTexts(one: TextRollup, other: TextRollup): TextRollup {
  const inOrder = compare(one.first, other.first) || compare(one.last, other.last)
  const [a, b] = inOrder <= 0 ? [one, other] : [other, one]
  const apart = a.last.time < b.first.time
  return {
    kind: 'text',
    count: a.count + b.count,
    changes: a.changes + b.changes + (apart && a.last.value !== b.first.value ? 1 : 0),
    first: a.first,
    last: compare(a.last, b.last) >= 0 ? a.last : b.last,
    counts: mergeCounts(a.counts, b.counts),
    inexact: a.inexact || b.inexact || !apart,
  }
}

function mergeCounts(
  a: readonly TextCount[] | null,
  b: readonly TextCount[] | null,
): readonly TextCount[] | null {
  if (a === null || b === null) return null
  const counts = new Map(a.map(({ value, count }) => [value, count]))
  for (const { value, count } of b) counts.set(value, (counts.get(value) ?? 0) + count)
  return sortedCounts(counts)
}

/** Texts: what was said, and how often it changed. */
export const textAlgebra: SequenceAlgebra<string, TextRollup> = {
  fold,
  merge: mergeTexts,
  sizeOf: (text) => 1 + Math.ceil(text.length / 8),
}
