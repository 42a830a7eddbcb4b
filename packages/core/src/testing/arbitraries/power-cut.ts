import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

import type { BytesChoice, PowerCut } from '../power-cut.ts'

/** When the power goes, and what the disk has then. */
export interface AnyPowerCut extends PowerCut {
  /** Number of the file operation that is under way, for `stopAt` of `memoryFileSystem()`. */
  readonly operation: number
}

/** What {@link anyPowerCut} makes. */
export interface AnyPowerCutOptions {
  /** Latest operation at which the power goes. @defaultValue 200 */
  readonly maxOperation?: number | undefined
}

const writes = {
  'nothing of what was not synced': () => undefined,
  'all that was written': (bytes) => bytes,
  'the first half of each write': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'every second sector': (bytes, { position }) => (Math.floor(position / 512) % 2 === 0 ? bytes : undefined),
} satisfies Readonly<Record<string, BytesChoice>>

const toStringMethod = Symbol.for('fast-check/toStringMethod')

/**
 * A moment at which the power goes, and what of that which was not synced is on the disk after it: none, all, halves or sectors
 * of writes, names of files or not.
 *
 * @example
 * ```ts
 * import { memoryFileSystem } from '@tocsin/journal/testing'
 * import { anyPowerCut } from '@tocsin/journal/testing/arbitraries'
 * import fc from 'fast-check'
 *
 * const [cut] = fc.sample(anyPowerCut(), 1)
 * const before = memoryFileSystem()
 * before.stopAt(cut?.operation ?? 0) // from there on, nothing that is begun ever ends
 * const after = before.powerCut(cut ?? {}) // what the next process finds
 * console.log(after.operations) // => 0
 * ```
 */
export function anyPowerCut({ maxOperation = 200 }: AnyPowerCutOptions = {}): Arbitrary<AnyPowerCut> {
  const kept = Object.keys(writes) as (keyof typeof writes)[]
  return fc
    .tuple(fc.integer({ min: 1, max: maxOperation }), fc.constantFrom(...kept), fc.boolean())
    .map(([operation, what, names]) => ({
      operation,
      sectorBytes: 512,
      write: writes[what],
      ...(names && { name: () => true, grow: (bytes: Uint8Array) => bytes }),
      [toStringMethod]: () =>
        `a power cut at operation ${operation} that leaves ${what}${names ? ' and all names' : ''}`,
    }))
}
