import type { OpenFile } from '../ports/file-system.ts'

const pieceBytes = 1 << 18
/** What is lost with a bad sector. */
const sectorBytes = 4096

/** A stretch of a file in memory, which moves forward. */
export interface ReadWindow {
  /** Where `bytes` begin in the file. */
  readonly start: number
  readonly bytes: Buffer
  /** Makes `bytes` hold so many bytes from `at` on, which must not lie before `start`, nor end behind the file. */
  hold(at: number, length: number): Promise<void>
}

/** Parts of the file that cannot be read are zeros. */
export function createReadWindow(file: OpenFile, size: number): ReadWindow {
  let room = Buffer.alloc(0)
  let start = 0
  let bytes: Buffer = room
  return {
    get start() {
      return start
    },
    get bytes() {
      return bytes
    },
    hold: async (at, length) => {
      if (at >= start && at + length <= start + bytes.length) return
      const kept = at < start + bytes.length ? bytes.subarray(at - start) : bytes.subarray(0, 0)
      const wanted = Math.min(Math.max(length, pieceBytes), size - at)
      // Bytes that were handed out move only when the next piece is asked for.
      if (wanted > room.length) {
        const larger = Buffer.allocUnsafe(Math.max(wanted, Math.min(2 * room.length, wanted * 2)))
        larger.set(kept)
        room = larger
      } else room.set(kept)
      await readSound(file, room.subarray(kept.length, wanted), at + kept.length)
      start = at
      bytes = room.subarray(0, wanted)
    },
  }
}

async function readSound(file: OpenFile, into: Uint8Array, position: number): Promise<void> {
  try {
    into.fill(0, await file.read(into, position))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EIO')) throw error
    if (into.length <= sectorBytes) into.fill(0)
    else {
      for (let from = 0; from < into.length; from += sectorBytes) {
        await readSound(file, into.subarray(from, from + sectorBytes), position + from)
      }
    }
  }
}
