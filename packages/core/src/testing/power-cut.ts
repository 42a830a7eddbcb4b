import type { Change, MemoryFile } from './memory-file.ts'
import { apply, newFile, store } from './memory-file.ts'
import type { NameChoice } from './memory-names.ts'

/** Where bytes belong. */
export interface Place {
  readonly path: string
  readonly position: number
}

/** Says what of the bytes is on the disk: all, some from their start on, others in their place, or none. */
export type BytesChoice = (bytes: Uint8Array, place: Place) => Uint8Array | undefined

/**
 * What a disk holds of that which was not synced when the power went. Each choice is asked in the order in which things
 * were done. An object without fields loses everything that can be lost.
 */
export interface PowerCut {
  /** A write; also one that was under way. @defaultValue none of it */
  readonly write?: BytesChoice
  /** Asks `write` about each part of a write between multiples of so many bytes, such as 512. @defaultValue not cut */
  readonly sectorBytes?: number
  /**
   * The room that a file grew by, as zeros, before `write` is asked about what was written there. Other bytes that are
   * returned are what lay on the disk before. @defaultValue the file did not grow
   */
  readonly grow?: BytesChoice
  /** Whether a file was cut off. @defaultValue it was not */
  readonly cut?: (change: { readonly path: string; readonly from: number; readonly to: number }) => boolean
  /**
   * A name that was created, renamed or removed, and a folder that was made. An operation that is kept keeps the earlier
   * ones on its names too, so that a file is never lost by a rename. @defaultValue only folders that were made
   */
  readonly name?: NameChoice
}

const none = new Uint8Array(0)

export const keepsFolders: NameChoice = ({ kind }) => kind === 'makeDirectory'

export function fileAfterPowerCut(file: MemoryFile, path: string, choices: PowerCut): MemoryFile {
  const { synced: disk } = newFile(file.synced.bytes.subarray(0, file.synced.size))
  for (const change of withUnderWay(file)) {
    if (change.state === 'synced') apply(disk, change)
    else if (change.kind === 'write') {
      for (const piece of pieces(change, choices.sectorBytes))
        store(disk, piece.position, choices.write?.(piece.bytes, { path, position: piece.position }) ?? none)
    } else if (change.to < change.from) {
      if (choices.cut?.({ path, from: change.from, to: change.to }) === true) apply(disk, change)
    } else {
      const added = new Uint8Array(change.to - change.from)
      const kept = choices.grow?.(added, { path, position: change.from }) ?? none
      store(disk, change.from, kept.subarray(0, added.length))
    }
  }
  const after = newFile(disk.bytes.subarray(0, disk.size))
  after.badRanges = file.badRanges.filter(({ from }) => from < disk.size)
  return after
}

function withUnderWay({ changes, underWay, seen }: MemoryFile): readonly Change[] {
  return underWay.reduce<{ readonly size: number; readonly all: readonly Change[] }>(
    ({ size, all }, { position, bytes }) => {
      const end = Math.max(size, position + bytes.length)
      const growth: readonly Change[] =
        end > size ? [{ kind: 'resize', from: size, to: end, state: 'dirty' }] : []
      return { size: end, all: [...all, ...growth, { kind: 'write', position, bytes, state: 'dirty' }] }
    },
    { size: seen.size, all: changes },
  ).all
}

function* pieces(
  { position, bytes }: { readonly position: number; readonly bytes: Uint8Array },
  sectorBytes = Infinity,
): Generator<{ readonly position: number; readonly bytes: Uint8Array }> {
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + sectorBytes - ((position + from) % sectorBytes))
    yield { position: position + from, bytes: bytes.subarray(from, to) }
    from = to
  }
}
