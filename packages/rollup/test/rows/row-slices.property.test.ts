import { Slices } from '@tocsin/core/slices'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { foldRollups } from '../../src/engine/cell.ts'
import type { Rollup } from '../../src/engine/rollups.ts'
import { foldSlices } from '../../src/read/fold-slices.ts'
import {
  between,
  CollectedRows,
  inTimeOrder,
  onlyOf,
  sideBySide,
  type RowSlice,
} from '../../src/read/row-slices.ts'
import { allColumns } from '../../src/read/base-rows.ts'
import type { RowKind } from '../../src/rows/row-columns.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import { minute, sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'

const rollup = (kind: RowKind, at: number, value: number): Rollup => {
  const given =
    kind === 'text' ? sample('a', at * minute, `${value}`, 'text') : sample('a', at * minute + 7, value)
  const one = kind === 'counter' ? sample('a', at * minute, Math.abs(value), 'counter') : given
  return windowOf([one])
}

interface Step {
  readonly at: number
  readonly kind: RowKind
  readonly value: number
}

/** Some minutes in order of time, as they stand in a segment. */
const anySegment: fc.Arbitrary<readonly Step[]> = fc
  .uniqueArray(
    fc.record({
      at: fc.nat({ max: 40 }),
      kind: fc.constantFrom<RowKind[]>('numeric', 'numeric', 'numeric', 'counter', 'text'),
      value: fc.integer({ min: -1000, max: 1000 }),
    }),
    { minLength: 1, maxLength: 30, selector: ({ at }) => at },
  )
  .map((steps) => steps.sort((a, b) => a.at - b.at))

/** Slices as they are read of segments, the later behind. */
function slicesOf(segments: readonly (readonly Step[])[]): readonly RowSlice[] {
  const collected = new CollectedRows(allColumns)
  for (const steps of segments) {
    for (const kind of ['numeric', 'counter', 'text'] as const) {
      const table = new RowTable(kind)
      for (const { at, value } of steps.filter((one) => one.kind === kind))
        table.push(3, at * minute, rollup(kind, at, value))
      if (table.length > 0) collected.copy(table, 0, table.length)
    }
  }
  return collected.slices.get(3) ?? []
}

/** What counts of each minute, counted apart. */
function lastWord(segments: readonly (readonly Step[])[]): [number, Rollup][] {
  const windows = new Map<number, Rollup>()
  const order = { numeric: 0, counter: 1, text: 2 }
  for (const steps of segments) {
    for (const { at, kind, value } of steps.toSorted((a, b) => order[a.kind] - order[b.kind]))
      windows.set(at * minute, rollup(kind, at, value))
  }
  return [...windows].sort(([a], [b]) => a - b)
}

const told = (slices: readonly RowSlice[]): [number, Rollup][] =>
  slices.flatMap(({ table, from, end }) =>
    Array.from({ length: end - from }, (_, at): [number, Rollup] => [
      table.start[from + at] ?? NaN,
      table.rollup(from + at),
    ]),
  )

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each([true, false])('rows of several segments, with pauses everywhere: %s', (isOver) => {
  const segments = fc.array(anySegment, { minLength: 1, maxLength: 4 })
  const pauses = (): Slices => {
    vi.spyOn(Slices.prototype, 'isOver', 'get').mockReturnValue(isOver)
    return new Slices()
  }

  it('are each window once in order of time, as the last segment has it', async () => {
    await fc.assert(
      fc.asyncProperty(segments, async (given) => {
        const ordered = await inTimeOrder(slicesOf(given), pauses())
        expect(told(ordered)).toEqual(lastWord(given))
        const beside = await sideBySide(ordered, 10 * minute, pauses())
        expect(told(beside)).toEqual(lastWord(given))
      }),
    )
  })

  it('are cut by time, and chosen by window', async () => {
    await fc.assert(
      fc.asyncProperty(segments, fc.nat(40), fc.nat(40), async (given, from, length) => {
        const ordered = await inTimeOrder(slicesOf(given), pauses())
        const [first, end] = [from * minute, (from + length) * minute]
        const inside = lastWord(given).filter(([start]) => start >= first && start < end)
        expect(told(between(ordered, first, end))).toEqual(inside)
        const even = lastWord(given).filter(([start]) => start % (2 * minute) === 0)
        expect(told(await onlyOf(ordered, (start) => start % (2 * minute) === 0, pauses()))).toEqual(even)
      }),
    )
  })

  it('fold into what all minutes of a longer window make together, whatever segments they come from', async () => {
    await fc.assert(
      fc.asyncProperty(segments, fc.integer({ min: 1, max: 50 }), async (given, minutes) => {
        const ordered = await inTimeOrder(slicesOf(given), pauses())
        const folded = await foldSlices(ordered, 3, minutes * minute, 'none', pauses())
        expect(told(folded)).toEqual(foldedOf(lastWord(given), minutes * minute))
      }),
    )
  })
})

function foldedOf(windows: readonly [number, Rollup][], periodMs: number): [number, Rollup][] {
  const groups = new Map<number, Rollup[]>()
  for (const [start, one] of windows) {
    const at = Math.floor(start / periodMs) * periodMs
    groups.set(at, [...(groups.get(at) ?? []), one])
  }
  return [...groups].map(([start, parts]) => {
    const isMixed = parts.some(({ kind }) => kind !== parts[0]?.kind)
    const whole = foldRollups(parts) as Rollup
    return [start, isMixed ? { ...whole, inexact: true } : whole]
  })
}

describe('a window of many more rows than are folded at once', () => {
  it.each(['numeric', 'counter', 'text'] as const)('says what all of them say: %s', async (kind) => {
    const count = 9_000
    const windows = Array.from({ length: count }, (_, at): [number, Rollup] => {
      const odd = at % 4500 === 4400 ? (kind === 'text' ? 'numeric' : 'text') : kind
      return [at * minute, rollup(odd, at, (at * 7919) % 1000)]
    })
    const collected = new CollectedRows(allColumns)
    for (const [start, one] of windows) {
      const table = new RowTable(one.kind)
      table.push(3, start, one)
      collected.copy(table, 0, 1)
    }
    const ordered = await inTimeOrder(collected.slices.get(3) ?? [], new Slices())
    const folded = await foldSlices(ordered, 3, count * minute, 'none', new Slices())
    expect(told(folded)).toEqual(foldedOf(windows, count * minute))
  })
})
