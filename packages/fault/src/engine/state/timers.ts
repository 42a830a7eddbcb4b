import { grown, roomFor } from '../tables/columns.ts'
import { DueHeap } from '../tables/due-heap.ts'

const bucketMs = 1000
const none = -1

/**
 * When rows must be looked at. Each row has at most one entry, which may be too early: a sample that puts its silence off touches
 * nothing here, and the row is put where it belongs when its entry is met. Entries lie in buckets of a second; the buckets
 * that are open are a heap.
 */
export class Timers {
  /** When the entry of each row is due; Infinity for none. */
  #at: Float64Array = new Float64Array(0)
  #next: Int32Array = new Int32Array(0)
  #before: Int32Array = new Int32Array(0)
  /** The first row of each bucket. */
  readonly #buckets = new Map<number, number>()
  readonly #order = new DueHeap()
  readonly #open = new DueHeap()
  /** Buckets before this one are open. */
  #opened = -Infinity

  /** Looks at a row at this time at the latest; an earlier look that is planned already stays. */
  plan(row: number, at: number): void {
    this.#grow(row)
    const now = this.#at[row] ?? Infinity
    if (at >= now) return
    if (now !== Infinity) this.#unlink(row)
    this.#at[row] = at
    const bucket = Math.floor(at / bucketMs)
    if (bucket < this.#opened) this.#open.push(at, row)
    else this.#link(row, bucket)
  }

  /** Forgets the look at a row. */
  cancel(row: number): void {
    if ((this.#at[row] ?? Infinity) === Infinity) return
    this.#unlink(row)
    this.#at[row] = Infinity
  }

  /** When something is due at the earliest; perhaps earlier than anything is. Infinity when nothing is. */
  next(): number {
    const open = this.#open.first
    const bucket = this.#order.first * bucketMs
    return open < bucket ? open : bucket
  }

  /**
   * Takes out the first row that is due by `until`; -1 where none is, or where `budget` was spent on finding it. `dueOf` tells when a row is
   * really due.
   */
  take(until: number, dueOf: (row: number) => number, budget: { left: number }): number {
    for (;;) {
      while (this.#order.first !== Infinity && this.#order.first * bucketMs <= until) {
        if (!this.#openBucket(this.#order.first, dueOf, budget)) return none
      }
      if (this.#open.first > until || this.#open.first === Infinity) return none
      const at = this.#open.first
      const row = this.#open.pop()
      if (this.#at[row] !== at) continue
      this.#at[row] = Infinity
      const due = dueOf(row)
      if (due <= at) return row
      if (due !== Infinity) this.plan(row, due)
      if (budget.left <= 0) return none
      budget.left -= 1
    }
  }

  /** Puts the rows of a bucket that are due in it into the heap, and the others where they belong. */
  #openBucket(bucket: number, dueOf: (row: number) => number, budget: { left: number }): boolean {
    // From here on what is planned for this second goes into the heap.
    this.#opened = Math.max(this.#opened, bucket + 1)
    const end = (bucket + 1) * bucketMs
    for (;;) {
      const row = this.#buckets.get(bucket) ?? none
      if (row === none) break
      if (budget.left <= 0) return false
      budget.left -= 1
      this.#unlink(row, bucket)
      const due = dueOf(row)
      if (due < end) {
        this.#at[row] = due
        this.#open.push(due, row)
      } else {
        this.#at[row] = Infinity
        if (due !== Infinity) this.plan(row, due)
      }
    }
    this.#buckets.delete(bucket)
    this.#order.pop()
    return true
  }

  #link(row: number, bucket: number): void {
    const first = this.#buckets.get(bucket)
    if (first === undefined) this.#order.push(bucket, bucket)
    this.#next[row] = first ?? none
    this.#before[row] = none
    if (first !== undefined && first !== none) this.#before[first] = row
    this.#buckets.set(bucket, row)
  }

  /** Takes a row out of its bucket; an entry of the heap is left, and passed over when it is met. */
  #unlink(row: number, bucket = Math.floor((this.#at[row] ?? 0) / bucketMs)): void {
    const head = this.#buckets.get(bucket)
    const next = this.#next[row] ?? none
    const before = this.#before[row] ?? none
    if (head === undefined) return
    if (head === row) this.#buckets.set(bucket, next)
    else if (before === none || this.#next[before] !== row) return
    else this.#next[before] = next
    if (next !== none) this.#before[next] = before
    this.#next[row] = none
    this.#before[row] = none
  }

  #grow(row: number): void {
    const room = roomFor(row + 1, this.#at.length)
    if (room === this.#at.length) return
    this.#at = grown(this.#at, room, Infinity)
    this.#next = grown(this.#next, room, none)
    this.#before = grown(this.#before, room, none)
  }
}
