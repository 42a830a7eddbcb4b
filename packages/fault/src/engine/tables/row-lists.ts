import { grown, roomFor } from './columns.ts'

const none = -1

/**
 * Lists of rows, in the order in which they were put in; a row is in one of them at most. They are columns, so that neither a row more nor
 * giving a whole list to somebody else takes as long as a list is.
 */
export class RowLists {
  readonly #first: number[] = []
  readonly #last: number[] = []
  readonly #size: number[] = []
  readonly #free: number[] = []
  /** The list of each row, and its neighbours there. */
  #listOf: Int32Array = new Int32Array(0)
  #next: Int32Array = new Int32Array(0)
  #before: Int32Array = new Int32Array(0)

  /** The number of a new list. */
  create(): number {
    const list = this.#free.pop() ?? this.#first.length
    this.#first[list] = none
    this.#last[list] = none
    this.#size[list] = 0
    return list
  }

  /** The number of an empty list is free for another one. */
  give(list: number): void {
    this.#free.push(list)
  }

  /** Puts a row at the end of a list, unless it is in it; it leaves the one in which it was. */
  add(list: number, row: number): void {
    if (this.has(list, row)) return
    this.remove(row)
    this.#grow(row)
    const last = this.#last[list] ?? none
    this.#listOf[row] = list
    this.#before[row] = last
    this.#next[row] = none
    if (last === none) this.#first[list] = row
    else this.#next[last] = row
    this.#last[list] = row
    this.#size[list] = this.size(list) + 1
  }

  /** Takes a row out of its list, if it is in one. */
  remove(row: number): void {
    const list = this.listOf(row)
    if (list === none) return
    const next = this.next(row)
    const before = this.#before[row] ?? none
    if (before === none) this.#first[list] = next
    else this.#next[before] = next
    if (next === none) this.#last[list] = before
    else this.#before[next] = before
    this.#listOf[row] = none
    this.#size[list] = this.size(list) - 1
  }

  has(list: number, row: number): boolean {
    return this.listOf(row) === list
  }

  /** The list that a row is in; -1 for none. */
  listOf(row: number): number {
    return this.#listOf[row] ?? none
  }

  size(list: number): number {
    return this.#size[list] ?? 0
  }

  /** The first row; -1 where there is none. */
  first(list: number): number {
    return this.#first[list] ?? none
  }

  /** The row after one; -1 where there is none. */
  next(row: number): number {
    return this.#next[row] ?? none
  }

  /** The rows of a list, at most so many. */
  rows(list: number, most: number = Infinity): readonly number[] {
    const rows: number[] = []
    for (let row = this.first(list); row !== none && rows.length < most; row = this.next(row)) rows.push(row)
    return rows
  }

  #grow(row: number): void {
    const room = roomFor(row + 1, this.#listOf.length)
    if (room === this.#listOf.length) return
    this.#listOf = grown(this.#listOf, room, none)
    this.#next = grown(this.#next, room, none)
    this.#before = grown(this.#before, room, none)
  }
}
