import { type Hold, type Phase, quiet } from '../../conditions/hold.ts'
import type { Truth } from '../../conditions/truth.ts'
import { Blocks, grown, roomFor, type SavedBlocks } from '../tables/columns.ts'
import { SparseColumn } from '../tables/sparse-column.ts'

const phaseMask = 3
const heldBit = 4
const truthShift = 3

/** Where each rule of each instance is between not violated and violated, and what hysteresis remembers. */
export class Holds {
  /** Phase, whether it is held, and what the condition was last: 0 where nothing is wrong and nothing unknown. */
  packed: Uint8Array = new Uint8Array(0)
  /** Of those that are violated, or begin to be. */
  readonly since: SparseColumn = new SparseColumn(0)
  /** One byte for each comparison with `until`. */
  memory: Uint8Array = new Uint8Array(0)
  readonly #rules = new Blocks()
  readonly #bytes = new Blocks()

  takeRules(count: number): number {
    const at = this.#rules.take(count)
    this.packed = grown(this.packed, roomFor(this.#rules.end, this.packed.length))
    this.packed.fill(0, at, at + count)
    return at
  }

  giveRules(at: number, count: number): void {
    this.since.clear(at, count)
    this.#rules.give(at, count)
  }

  takeMemory(count: number): number {
    const at = this.#bytes.take(count)
    this.memory = grown(this.memory, roomFor(this.#bytes.end, this.memory.length))
    this.memory.fill(0, at, at + count)
    return at
  }

  giveMemory(at: number, count: number): void {
    this.#bytes.give(at, count)
  }

  /** Its columns, for a snapshot, in the order in which {@link restore} takes them. */
  columns(): [Uint8Array, Float64Array, Uint8Array] {
    const { end } = this.#rules
    return [this.packed.subarray(0, end), this.since.save(), this.memory.subarray(0, this.#bytes.end)]
  }

  /** Lines in use and free, of rules and of bytes, for a snapshot. */
  get blocks(): readonly [SavedBlocks, SavedBlocks] {
    return [this.#rules.save(), this.#bytes.save()]
  }

  restore(
    [rules, bytes]: readonly [SavedBlocks, SavedBlocks],
    [packed, since, memory]: readonly [Uint8Array, Float64Array, Uint8Array],
  ): void {
    this.#rules.load(rules)
    this.#bytes.load(bytes)
    this.packed = packed.slice()
    this.since.load(since)
    this.memory = memory.slice()
  }

  /** Reads of a rule what judging a sample reads; the number means nothing. */
  fetch(at: number): number {
    return this.packed[at] ?? 0
  }

  load(at: number, hold: Hold): void {
    const packed = this.packed[at] ?? 0
    hold.phase = (packed & phaseMask) as Phase
    hold.isHeld = (packed & heldBit) !== 0
    hold.since = hold.phase === quiet ? 0 : this.since.get(at)
  }

  save(at: number, hold: Hold, truth: Truth): void {
    this.packed[at] = hold.phase | (hold.isHeld ? heldBit : 0) | (truth << truthShift)
    this.since.set(at, hold.phase === quiet ? 0 : hold.since)
  }

  phase(at: number): Phase {
    return ((this.packed[at] ?? 0) & phaseMask) as Phase
  }

  truth(at: number): Truth {
    return ((this.packed[at] ?? 0) >> truthShift) as Truth
  }
}
