import { chunkOf, type Layout, recordAt } from './layout.ts'

/** The windows of all rows, as a snapshot has them. */
export interface SavedWindows {
  readonly layouts: readonly SavedLayout[]
  /** By row: which of the layouts it has, -1 for none. */
  readonly layoutOf: Int32Array
  /** Of rows with a record, in their order, of each pane with quantiles: how many ranges have samples, and then each range with how many. */
  readonly bins: Float64Array
  /** The records of these rows, one after the other. */
  readonly words: Float64Array
}

/** The same, with the words still to be put where they are to be. */
export interface WindowsToSave extends Omit<SavedWindows, 'words'> {
  readonly size: number
  readonly fill: (words: Float64Array) => void
}

/** A layout: the keys of the needs of each of its windows, and how many words a record has. */
export interface SavedLayout {
  readonly groups: readonly (readonly string[])[]
  readonly words: number
}

/** Where the record of a row lies. */
export interface RecordPlace {
  readonly layout: Layout
  readonly place: number
}

/** The records of the first so many rows, to be saved; `keyOf` says what stands for a need. */
export function windowsToSave(
  rows: number,
  recordOf: (row: number) => RecordPlace | undefined,
  keyOf: (need: number) => string,
): WindowsToSave {
  const numbers = new Map<Layout, number>()
  const layoutOf = new Int32Array(rows).fill(-1)
  const bins: number[] = []
  let size = 0
  for (let row = 0; row < rows; row += 1) {
    const record = recordOf(row)
    if (record === undefined) continue
    const { layout, place } = record
    const number = numbers.get(layout) ?? numbers.size
    if (number === numbers.size) numbers.set(layout, number)
    layoutOf[row] = number
    size += layout.words
    if (layout.windows.some(({ quantiles }) => quantiles !== undefined)) saveBins(layout, place, bins)
  }
  const layouts = [...numbers.keys()].map(({ groups, words }) => ({
    groups: groups.map((group) => group.map(keyOf)),
    words,
  }))
  const fill = (into: Float64Array): void => {
    let end = 0
    for (let row = 0; row < rows; row += 1) {
      const record = recordOf(row)
      if (record === undefined) continue
      const { layout, place } = record
      const at = recordAt(layout, place)
      into.set(chunkOf(layout, place).f64.subarray(at, at + layout.words), end)
      end += layout.words
    }
  }
  return { layouts, layoutOf, bins: Float64Array.from(bins), size, fill }
}

function saveBins({ windows }: Layout, place: number, bins: number[]): void {
  for (const { quantiles, panes } of windows) {
    if (quantiles === undefined) continue
    for (let pane = place * panes; pane < (place + 1) * panes; pane += 1) {
      const counts = quantiles.panes[pane]
      bins.push(counts?.size ?? 0)
      for (const [range, count] of counts ?? []) bins.push(range, count)
    }
  }
}

/** Puts records back, one row after the other. */
export class RecordReader {
  readonly #saved: SavedWindows
  #word = 0
  #bin = 0

  constructor(saved: SavedWindows) {
    this.#saved = saved
  }

  /** The next record, into this place. */
  next(layout: Layout, place: number): void {
    const { words } = this.#saved
    chunkOf(layout, place).f64.set(
      words.subarray(this.#word, this.#word + layout.words),
      recordAt(layout, place),
    )
    this.#word += layout.words
    for (const { quantiles, panes } of layout.windows) {
      if (quantiles === undefined) continue
      for (let pane = place * panes; pane < (place + 1) * panes; pane += 1) {
        const counts = this.#bins()
        if (counts !== undefined) quantiles.panes[pane] = counts
      }
    }
  }

  #bins(): Map<number, number> | undefined {
    const { bins } = this.#saved
    const size = bins[this.#bin] ?? 0
    this.#bin += 1
    if (size === 0) return undefined
    const counts = new Map<number, number>()
    for (let left = size; left > 0; left -= 1) {
      counts.set(bins[this.#bin] ?? 0, bins[this.#bin + 1] ?? 0)
      this.#bin += 2
    }
    return counts
  }
}
