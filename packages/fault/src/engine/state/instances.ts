import { Blocks, grown, roomFor, type SavedBlocks } from '../tables/columns.ts'
import { SparseColumn } from '../tables/sparse-column.ts'

/** Bits of {@link Instances.state}. */
export const instanceBits = {
  /** It was judged, and something was known. */
  isJudged: 1,
  /** A fault is open. */
  hasFault: 2,
  /** Nothing came for its `forgetAfter`: forgotten until something comes. */
  isGone: 4,
} as const

/** Where the truth of a condition on a member lies in {@link Instances.state}. */
export const truthShift = 4

/** A rule set applied to a row, a series as a member of a group, or a condition on a member: a line each, those of a row together. */
export class Instances {
  /** When its last event was, wall clock; -Infinity before the first. */
  readonly eventTime: SparseColumn = new SparseColumn(-Infinity)
  /** How many of its absences have been told. */
  absent: Uint8Array = new Uint8Array(0)
  /** {@link instanceBits}, and a member's truth above them. */
  state: Uint8Array = new Uint8Array(0)
  /** The row of the group of a member, -1 for none. */
  readonly group: SparseColumn = new SparseColumn(-1)
  /** How many there are. */
  size = 0
  readonly #blocks = new Blocks()

  take(count: number): number {
    const at = this.#blocks.take(count)
    const room = roomFor(this.#blocks.end, this.state.length)
    this.absent = grown(this.absent, room)
    this.state = grown(this.state, room)
    for (let instance = at; instance < at + count; instance += 1) {
      this.absent[instance] = 0
      this.state[instance] = 0
    }
    this.size += count
    return at
  }

  /** Its columns, for a snapshot, in the order in which {@link load} takes them. */
  columns(): [Float64Array, Uint8Array, Uint8Array, Float64Array] {
    const { end } = this.#blocks
    const { eventTime, absent, state, group } = this
    return [eventTime.save(), absent.subarray(0, end), state.subarray(0, end), group.save()]
  }

  /** Lines in use and free, for a snapshot. */
  get blocks(): SavedBlocks {
    return this.#blocks.save()
  }

  load(
    blocks: SavedBlocks,
    [eventTime, absent, state, group]: readonly [Float64Array, Uint8Array, Uint8Array, Float64Array],
  ): void {
    this.#blocks.load(blocks)
    this.size = blocks.end - blocks.free.reduce((free, [size, places]) => free + size * places.length, 0)
    this.eventTime.load(eventTime)
    this.absent = absent.slice()
    this.state = state.slice()
    this.group.load(group)
  }

  give(at: number, count: number): void {
    this.size -= count
    this.eventTime.clear(at, count)
    this.group.clear(at, count)
    this.#blocks.give(at, count)
  }

  /** Reads of an instance what judging a sample reads; the number means nothing. */
  fetch(instance: number): number {
    return (this.absent[instance] ?? 0) + (this.state[instance] ?? 0)
  }

  has(instance: number, bit: number): boolean {
    return ((this.state[instance] ?? 0) & bit) !== 0
  }

  set(instance: number, bit: number): void {
    this.state[instance] = (this.state[instance] ?? 0) | bit
  }

  /** New ones were judged, and are well; false, and nothing happens, where something is known of one of them. */
  begin(at: number, count: number): boolean {
    for (let instance = at; instance < at + count; instance += 1) if (this.state[instance] !== 0) return false
    this.state.fill(instanceBits.isJudged, at, at + count)
    return true
  }

  unset(instance: number, bit: number): void {
    this.state[instance] = (this.state[instance] ?? 0) & ~bit
  }
}
