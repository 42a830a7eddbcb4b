import { buildSeries, maxTagLength, type Series } from '@tocsin/core'

import type { Room } from './room.ts'

/** What is measured of one series. */
export interface Cell {
  readonly series: Series
  /** Where it has its room. */
  readonly room: Room
  /** What it takes of it, bytes. */
  bytes: number
  /** Whether it is found by its tags; the one of overflow is not, so that who holds it asks again. */
  isKept: boolean
  /** Whether something was measured since somebody looked. */
  isTouched: boolean
  /** When somebody saw that something was measured, ms. */
  touchedAt: number
}

/** What a program may give as tags, whatever its types said. */
export type AnyTags = { readonly [Name in string]: unknown } | null | undefined

/** Why a measurement has no series of its own. */
export type SeriesFault = 'bad-name' | 'too-many-series'

/** The cells of one metric, by the values of its tags. */
export interface SeriesTable<C extends Cell> {
  /** The cell of these tags, or, where there can be none, that of overflow, if there is to be one. Never throws. */
  find(tags: AnyTags): C | undefined
  /** The tags as they are now, whoever changes them later. */
  copy(tags: AnyTags): AnyTags
  /** All that have a series. */
  cells(): Iterable<C>
  /** Lets go what was not touched for so long; gives how many. */
  expire(now: number, idleMs: number): number
}

/** What tells a metric from others, and makes its cells. */
export interface SeriesTableOptions<C extends Cell> {
  readonly metric: string
  readonly categories: readonly string[]
  readonly room: Room
  /** Of the cell of overflow. */
  readonly overflowRoom: Room
  /** Whether what has no series of its own is measured in one of overflow. */
  readonly isFolding: boolean
  /** Makes what is measured of a series. */
  readonly measure: (cell: Cell) => C
  /** Is told of tags without a cell of their own. */
  readonly tell: (fault: SeriesFault) => void
}

/** What a cell takes beside its texts, bytes; measured. */
const bytesPerCell = 400
/** Its tags are in the key, in the tags and in the tables, of up to two bytes a unit. */
const bytesPerUnit = 8

interface Place<C> {
  readonly next: Map<unknown, Place<C>>
  cell: C | undefined
}

const newCell = (series: Series, room: Room, bytes: number, isKept: boolean): Cell => ({
  series,
  room,
  bytes,
  isKept,
  isTouched: true,
  touchedAt: -Infinity,
})

/** A table without series, but for a metric without tags, which has its one from the beginning, and keeps it. */
export function createSeriesTable<C extends Cell>({
  metric,
  categories,
  room,
  overflowRoom,
  isFolding,
  measure,
  tell,
}: SeriesTableOptions<C>): SeriesTable<C> {
  const root: Place<C> = { next: new Map(), cell: undefined }
  const kept = new Set<C>()
  let overflow: C | undefined
  const [first, second, ...further] = categories

  function valuesOf(tags: AnyTags): readonly string[] | undefined {
    const values: string[] = []
    for (const category of categories) {
      const value = tags?.[category]
      // Before anything looks at all of it: who chooses the value chooses its length.
      if (typeof value !== 'string' || category.length + value.length >= maxTagLength) return undefined
      values.push(value)
    }
    return values
  }

  function enter(values: readonly string[]): C | SeriesFault {
    const bytes =
      bytesPerCell + bytesPerUnit * values.reduce((sum, { length }) => sum + length, metric.length)
    if (!room.take(bytes)) return 'too-many-series'
    const own = values.map(ownText)
    const built = buildSeries(
      metric,
      Object.fromEntries(categories.map((category, at) => [category, own[at] ?? ''])),
    )
    if (!built.ok) {
      room.free(bytes)
      return 'bad-name'
    }
    let place = root
    for (const value of own) {
      const next = place.next.get(value) ?? { next: new Map<unknown, Place<C>>(), cell: undefined }
      place.next.set(value, next)
      place = next
    }
    const cell = measure(newCell(built.value, room, bytes, true))
    kept.add((place.cell = cell))
    return cell
  }

  function make(tags: AnyTags): C | undefined {
    let values: readonly string[] | undefined
    try {
      values = valuesOf(tags)
    } catch {
      // A getter of the tags threw: the program that is measured must not learn of it here.
    }
    const made = values === undefined ? 'bad-name' : enter(values)
    if (typeof made !== 'string') return made
    tell(made)
    if (isFolding) overflow ??= makeOverflow()
    return overflow
  }

  function makeOverflow(): C | undefined {
    const built = buildSeries(metric, { overflow: 'true' })
    return built.ok ? measure(newCell(built.value, overflowRoom, 0, false)) : undefined
  }

  function forget(cell: C): void {
    cell.isKept = false
    kept.delete(cell)
    cell.room.free(cell.bytes)
    const { tags } = cell.series
    const places: Place<C>[] = [root]
    for (const category of categories) {
      const next = places.at(-1)?.next.get(tags[category])
      if (next !== undefined) places.push(next)
    }
    const last = places.at(-1)
    if (last !== undefined) last.cell = undefined
    for (let at = places.length - 1; at > 0 && places[at]?.next.size === 0; at -= 1)
      places[at - 1]?.next.delete(tags[categories[at - 1] ?? ''])
  }

  if (first === undefined) {
    const built = buildSeries(metric)
    if (built.ok) {
      const bytes = bytesPerCell + bytesPerUnit * metric.length
      room.reserve(bytes)
      kept.add((root.cell = measure(newCell(built.value, room, bytes, true))))
    }
  }
  return {
    find(tags) {
      let place: Place<C> | undefined = root
      try {
        // Two look-ups without a loop take half the time, since each has a place of its own to remember what it met.
        if (first !== undefined) place = place.next.get(tags?.[first])
        if (second !== undefined) place = place?.next.get(tags?.[second])
        for (const category of further) place = place?.next.get(tags?.[category])
      } catch {
        place = undefined
      }
      return place?.cell ?? make(tags)
    },
    copy(tags) {
      try {
        const copied = new Map<string, unknown>()
        for (const category of categories) copied.set(category, tags?.[category])
        return Object.fromEntries(copied)
      } catch {
        return undefined
      }
    },
    cells: () => (overflow === undefined ? kept : [...kept, overflow]),
    expire(now, idleMs) {
      let count = 0
      for (const cell of kept) {
        if (cell.isTouched) {
          cell.isTouched = false
          cell.touchedAt = now
          // Of a clock that was set back, the time begins anew.
        } else if (now < cell.touchedAt) cell.touchedAt = now
        else if (first !== undefined && now - cell.touchedAt >= idleMs) {
          forget(cell)
          count += 1
        }
      }
      return count
    },
  }
}

/** A piece of a long text keeps all of that alive, such as a route the whole request: a copy does not. */
const ownText = (text: string): string => JSON.parse(JSON.stringify(text)) as string
