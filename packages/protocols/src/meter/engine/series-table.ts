import { buildSeries, maxTagLength, seriesOfPairs, type Series } from '@tocsin/core'

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
const bytesPerCell = 620
/** Its tags are in the key, in the tags and in the tables, of up to two bytes a unit. */
const bytesPerUnit = 8

/** Where the values of some tags lead; those of all, to a cell. */
interface Place<C> {
  readonly up: Place<C> | undefined
  readonly value: string
  /** Made with the first: an empty one would be a fifth of a cell. */
  next: Map<unknown, Place<C>> | undefined
  cell: C | undefined
}

const newPlace = <C>(up: Place<C> | undefined, value: string): Place<C> => ({
  ...{ up, value },
  next: undefined,
  cell: undefined,
})

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
  const root = newPlace<C>(undefined, '')
  const kept = new Map<C, Place<C>>()
  let overflow: C | undefined
  const [first, second, ...further] = categories

  type Pairs = readonly (readonly [category: string, value: string])[]

  function pairsOf(tags: AnyTags): Pairs | undefined {
    const pairs: [string, string][] = []
    for (const category of categories) {
      const value = tags?.[category]
      // Before anything looks at all of it: who chooses the value chooses its length.
      if (typeof value !== 'string' || category.length + value.length >= maxTagLength) return undefined
      pairs.push([category, value])
    }
    return pairs
  }

  function enter(given: Pairs): C | SeriesFault {
    const units = given.reduce((sum, [, { length }]) => sum + length, metric.length)
    const bytes = bytesPerCell + bytesPerUnit * units
    if (!room.take(bytes)) return 'too-many-series'
    const pairs = given.map(([category, value]) => [category, ownText(value)] as const)
    const built = seriesOfPairs(metric, pairs)
    if (!built.ok) {
      room.free(bytes)
      return 'bad-name'
    }
    let place = root
    for (const [, value] of pairs) {
      place.next ??= new Map()
      const next = place.next.get(value) ?? newPlace(place, value)
      place.next.set(value, next)
      place = next
    }
    return keep(place, built.value, bytes)
  }

  function keep(place: Place<C>, series: Series, bytes: number): C {
    const cell = measure(newCell(series, room, bytes, true))
    kept.set((place.cell = cell), place)
    return cell
  }

  function make(tags: AnyTags): C | undefined {
    let pairs: Pairs | undefined
    try {
      pairs = pairsOf(tags)
    } catch {
      // A getter of the tags threw: the program that is measured must not learn of it here.
    }
    const made = pairs === undefined ? 'bad-name' : enter(pairs)
    if (typeof made !== 'string') return made
    tell(made)
    if (isFolding) overflow ??= makeOverflow()
    return overflow
  }

  function makeOverflow(): C | undefined {
    const built = buildSeries(metric, { overflow: 'true' })
    return built.ok ? measure(newCell(built.value, overflowRoom, 0, false)) : undefined
  }

  function forget(cell: C, place: Place<C>): void {
    cell.isKept = false
    kept.delete(cell)
    cell.room.free(cell.bytes)
    place.cell = undefined
    // With what led to it alone.
    let end = place
    while (end.up !== undefined && (end.next?.size ?? 0) === 0) {
      end.up.next?.delete(end.value)
      end = end.up
    }
  }

  if (first === undefined) {
    const built = buildSeries(metric)
    const bytes = bytesPerCell + bytesPerUnit * metric.length
    room.reserve(bytes)
    if (built.ok) keep(root, built.value, bytes)
  }
  return {
    find(tags) {
      let place: Place<C> | undefined = root
      try {
        // Two look-ups without a loop take half the time, since each has a place of its own to remember what it met.
        if (first !== undefined) place = place.next?.get(tags?.[first])
        if (second !== undefined) place = place?.next?.get(tags?.[second])
        for (const category of further) place = place?.next?.get(tags?.[category])
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
    cells: () => (overflow === undefined ? kept.keys() : [...kept.keys(), overflow]),
    expire(now, idleMs) {
      let count = 0
      for (const [cell, place] of kept) {
        if (cell.isTouched) {
          cell.isTouched = false
          cell.touchedAt = now
          // Of a clock that was set back, the time begins anew.
        } else if (now < cell.touchedAt) cell.touchedAt = now
        else if (first !== undefined && now - cell.touchedAt >= idleMs) {
          forget(cell, place)
          count += 1
        }
      }
      return count
    },
  }
}

/** A piece of a long text keeps all of that alive, such as a route the whole request: a copy does not. */
const ownText = (text: string): string => JSON.parse(JSON.stringify(text)) as string
