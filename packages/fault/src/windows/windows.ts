import type { Chunk } from './chunk.ts'
import { addToWindow, takeFromWindow } from './fill-window.ts'
import { chunkOf, createLayout, givePlace, type Group, type Layout, recordAt, takePlace } from './layout.ts'
import { copyWindows } from './move-record.ts'
import { countOf, distrust, filledOf, isBegun, isTrusted, livePanes, type PaneWindow } from './pane-window.ts'
import { matchesOf, type PaneRead } from './readers.ts'
import { NeedTable } from './need-table.ts'
import {
  addToRecent,
  distrustRecent,
  recentCount,
  recentMatches,
  type RecentSamples,
  takeFromRecent,
} from './recent-samples.ts'
import {
  type RecordPlace,
  RecordReader,
  type SavedWindows,
  windowsToSave,
  type WindowsToSave,
} from './saved-windows.ts'
import type { WindowNeed } from './window-need.ts'
import type { WindowSample } from './window-sample.ts'
import { type PaneBound, panesAreWithin } from './within.ts'

/** How windows are kept. */
export interface WindowsOptions {
  /** Panes of each window, 1 to 255. @defaultValue 12 */
  readonly panes?: number
  /**
   * A window began anew three times in a row, each time with a sample that came later than its length after the one before, and was not
   * filled to its `minFillMs` between. Once for each row and window.
   */
  readonly neverFills?: (row: number, durationMs: number, periodMs: number) => void
}

/** What a window gives at a moment; NaN where that is unknown. */
export type WindowReader = (row: number, time: number) => number

/** Words of a line of a processor's cache. */
const wordsOfLine = 8
/** Panes of a window, unless options say otherwise. */
const defaultPanes = 12

/** The windows of all rows. Rows are numbered by the caller. Times are ms. */
export class Windows {
  readonly panes: number
  readonly #neverFills: WindowsOptions['neverFills']
  readonly #needs = new NeedTable()
  readonly #layouts: Layout[] = []
  readonly #layoutByKey = new Map<string, number>()
  /** By row: the number of its layout, -1 for none, and its place there. */
  #layoutOf: Int32Array = new Int32Array(0)
  #placeOf: Int32Array = new Int32Array(0)

  constructor({ panes = defaultPanes, neverFills }: WindowsOptions) {
    this.panes = panes
    this.#neverFills = neverFills
  }

  /** The number of a need; equal needs have the same. */
  need(need: WindowNeed): number {
    return this.#needs.add(need)
  }

  /** Gives a row these windows. Those that it had already keep what they hold, others go. */
  attach(row: number, needs: readonly number[]): void {
    const from = this.#layout(row)
    const key = `${from === undefined ? '' : (this.#layoutOf[row] ?? 0)}:${needs.join()}`
    const number =
      this.#layoutByKey.get(key) ?? this.#layoutFor(key, this.#needs.grouped(from?.groups ?? [], needs))
    this.#move(row, from, number)
  }

  /** The row has no windows any more. */
  free(row: number): void {
    const layout = this.#layout(row)
    if (layout === undefined) return
    givePlace(layout, this.#placeOf[row] ?? 0)
    this.#layoutOf[row] = -1
  }

  /** Reads once all lines of memory that hold the windows of a row, so that they are near when they are used; the number means nothing. */
  fetch(row: number): number {
    const layout = this.#layouts[this.#layoutOf[row] ?? -1]
    if (layout === undefined) return 0
    const place = this.#placeOf[row] ?? 0
    const { f64 } = chunkOf(layout, place)
    const at = recordAt(layout, place)
    let read = 0
    for (let word = at; word < at + layout.words; word += wordsOfLine) read += f64[word] ?? 0
    return read
  }

  /** Takes a sample into all windows of its row. One older than a window is left out of it. */
  add(sample: WindowSample): void {
    const layout = this.#layouts[this.#layoutOf[sample.row] ?? -1]
    if (layout === undefined) return
    const place = this.#placeOf[sample.row] ?? 0
    const chunk = chunkOf(layout, place)
    const at = recordAt(layout, place)
    for (const window of layout.windows) this.#fill(window, chunk, at + window.offset, place, sample)
    for (const recent of layout.recents) addToRecent(recent, chunk, at + recent.word, sample)
  }

  /** Takes out one that was added, before what corrects it is added: with the values with which it was added. */
  remove(sample: WindowSample): void {
    this.#visit(
      sample.row,
      (window, chunk, header, place) => takeFromWindow(window, chunk, header, place, sample),
      (recent, chunk, word) => takeFromRecent(recent, chunk, word, sample),
    )
  }

  /** What windows hold is not all that there was: readers say unknown until each has been filled for its whole length. */
  distrust(row: number): void {
    this.#visit(
      row,
      (_window, chunk, header) => distrust(chunk, header),
      (_recent, chunk, word) => distrustRecent(chunk, word),
    )
  }

  /** How much of a window samples cover at a moment, ms; 0 where there is none. */
  filledMs(row: number, need: number, time: number): number {
    return this.#read(row, need, (window, chunk, header) => filledOf(window, chunk, header, time))
  }

  /** Samples in a window at a moment. */
  count(row: number, need: number, time: number): number {
    return this.#read(row, need, (window, chunk, header) => countOf(window, chunk, header, time))
  }

  /** Whether it is certain that all panes of a window lie within a bound. */
  isWithin(row: number, bound: PaneBound): boolean {
    return this.#read(row, bound.need, (...where) => Number(panesAreWithin(...where, bound))) === 1
  }

  /** What the windows of the first so many rows hold, for a snapshot. */
  save(rows: number): WindowsToSave {
    const recordOf = (row: number): RecordPlace | undefined => {
      const layout = this.#layout(row)
      return layout && { layout, place: this.#placeOf[row] ?? 0 }
    }
    return windowsToSave(rows, recordOf, (need) => this.#needs.keyOf(need))
  }

  /** Puts back what {@link save} gave, into rows without windows; false where it does not fit: a row needs others, or they are kept otherwise. */
  load(saved: SavedWindows, needsOf: (row: number) => readonly number[]): boolean {
    const numbers = saved.layouts.map(({ groups: keys, words }) => {
      const groups = keys.map((group) => group.map((key) => this.#needs.numberOf(key)))
      const number = groups.flat().includes(-1) ? -1 : this.#layoutFor(JSON.stringify(groups), groups)
      return this.#layouts[number]?.words === words ? number : -1
    })
    if (numbers.includes(-1)) return false
    const known = new Map<readonly number[], number>()
    const records = new RecordReader(saved)
    for (let row = 0; row < saved.layoutOf.length; row += 1) {
      const number = numbers[saved.layoutOf[row] ?? -1] ?? -1
      const needs = needsOf(row)
      if (known.get(needs) !== number && !this.#hasAll(number, needs)) return false
      known.set(needs, number)
      this.#move(row, undefined, number)
      const layout = this.#layouts[number]
      if (layout !== undefined) records.next(layout, this.#placeOf[row] ?? 0)
    }
    return true
  }

  /** Whether a layout is for these needs, and no others. */
  #hasAll(number: number, needs: readonly number[]): boolean {
    const had = this.#layouts[number]?.groups.flat() ?? []
    return had.length === needs.length && needs.every((need) => had.includes(need))
  }

  /** A reader of one window. Unknown where it is empty, or not to be trusted. */
  reader(need: number, read: PaneRead): WindowReader {
    return (row, time) => {
      const layout = this.#layouts[this.#layoutOf[row] ?? -1]
      const window = layout?.windowOf[need]
      if (layout === undefined || window === undefined) return NaN
      const place = this.#placeOf[row] ?? 0
      const chunk = chunkOf(layout, place)
      const header = recordAt(layout, place) + window.offset
      const live = livePanes(window, chunk, header, time)
      if (live === 0 || !isTrusted(window, chunk, header, time)) return NaN
      return read(window, chunk, header, live, time, place)
    }
  }

  /** For how many samples of a `matches` window the comparison is true: none of none is 0, and no share. */
  matchReader(need: number, isShare: boolean): WindowReader {
    return (row, time) => {
      const layout = this.#layouts[this.#layoutOf[row] ?? -1]
      const window = layout?.windowOf[need]
      if (layout === undefined || window === undefined) return NaN
      const place = this.#placeOf[row] ?? 0
      const chunk = chunkOf(layout, place)
      const header = recordAt(layout, place) + window.offset
      if (!isBegun(chunk, header) || !isTrusted(window, chunk, header, time)) return NaN
      const live = livePanes(window, chunk, header, time)
      return matchesOf(window, chunk, header, live, layout.matchWordOf[need] ?? 0, isShare)
    }
  }

  /** For how many of the last `span` samples the comparison of a `recent` need is true; as a share, of as many as there are. */
  recentReader(need: number, span: number, isShare: boolean): (row: number) => number {
    return (row) => {
      const layout = this.#layouts[this.#layoutOf[row] ?? -1]
      const recent = layout?.recentOf[need]
      if (layout === undefined || recent === undefined) return NaN
      const place = this.#placeOf[row] ?? 0
      const chunk = chunkOf(layout, place)
      const word = recordAt(layout, place) + recent.word
      const count = recentCount(chunk, word, span)
      if (count < 0) return NaN
      const trues = recentMatches(chunk, word, span)
      return isShare ? trues / count : trues
    }
  }

  /** Bytes in typed arrays. */
  get bytes(): number {
    const chunks = this.#layouts.flatMap((layout) => layout.chunks.map(({ f64 }) => f64.byteLength))
    return chunks.reduce((sum, bytes) => sum + bytes, this.#layoutOf.byteLength + this.#placeOf.byteLength)
  }

  #fill(window: PaneWindow, chunk: Chunk, header: number, place: number, sample: WindowSample): void {
    const before = chunk.f64[header + 1] ?? 0
    if (addToWindow(window, chunk, header, place, sample))
      this.#neverFills?.(sample.row, window.durationMs, sample.time - before)
  }

  #layout(row: number): Layout | undefined {
    return this.#layouts[this.#layoutOf[row] ?? -1]
  }

  #read(row: number, need: number, of: (window: PaneWindow, chunk: Chunk, header: number) => number): number {
    const layout = this.#layout(row)
    const window = layout?.windowOf[need]
    if (layout === undefined || window === undefined) return 0
    const place = this.#placeOf[row] ?? 0
    return of(window, chunkOf(layout, place), recordAt(layout, place) + window.offset)
  }

  #visit(
    row: number,
    ofWindow: (window: PaneWindow, chunk: Chunk, header: number, place: number) => void,
    ofRecent: (recent: RecentSamples, chunk: Chunk, word: number) => void,
  ): void {
    const layout = this.#layout(row)
    if (layout === undefined) return
    const place = this.#placeOf[row] ?? 0
    const chunk = chunkOf(layout, place)
    const at = recordAt(layout, place)
    for (const window of layout.windows) ofWindow(window, chunk, at + window.offset, place)
    for (const recent of layout.recents) ofRecent(recent, chunk, at + recent.word)
  }

  #layoutFor(key: string, groups: readonly Group[]): number {
    const own = JSON.stringify(groups)
    let number = this.#layoutByKey.get(own)
    if (number === undefined) {
      number = this.#layouts.push(createLayout(groups, this.#needs.all, this.panes)) - 1
      this.#layoutByKey.set(own, number)
    }
    this.#layoutByKey.set(key, number)
    return number
  }

  /** Gives a row a place in another layout, with what the windows of both hold. */
  #move(row: number, from: Layout | undefined, number: number): void {
    this.#reserve(row)
    const to = this.#layouts[number]
    if (to === undefined || to === from) return
    const place = takePlace(to)
    const left = this.#placeOf[row] ?? 0
    if (from !== undefined) {
      copyWindows(from, left, to, place)
      givePlace(from, left)
    }
    this.#layoutOf[row] = number
    this.#placeOf[row] = place
  }

  #reserve(row: number): void {
    const length = this.#layoutOf.length
    if (row < length) return
    const layouts = new Int32Array(Math.max(64, row + 1, length * 2)).fill(-1)
    layouts.set(this.#layoutOf)
    const places = new Int32Array(layouts.length)
    places.set(this.#placeOf)
    this.#layoutOf = layouts
    this.#placeOf = places
  }
}

/** An empty store. */
export const createWindows = (options: WindowsOptions = {}): Windows => new Windows(options)
