import { contradicts, partedBefore } from '../../format/history.ts'
import { openFrames } from '../../format/open-frame.ts'
import type { Position } from '../../reading-types.ts'
import type { CopiedFrame } from '../../types.ts'

/**
 * A place of the target that something else has brought. What was skipped says nothing of what the target has instead: that may have
 * come from a copy of the journal that went on by itself. The frame that the place is in tells; nothing is acknowledged before.
 */
export class PlaceInDoubt {
  #place: Position | undefined
  #beats = 0

  /** Whether acknowledgements are held back. */
  get holds(): boolean {
    return this.#place !== undefined
  }

  /** A frame was dealt with, and the target is at this place. Throws `JOURNAL_DIVERGED` where the frame is of another history. */
  compare({ lastSeq, bytes, journalId }: CopiedFrame, isSkipped: boolean, place: Position): void {
    const doubted = this.#place
    if (doubted !== undefined && doubted.seq <= lastSeq) {
      if (bytes.length > 0 && openFrames(bytes).some((frame) => contradicts(frame, doubted)))
        throw partedBefore(journalId, doubted.seq)
      this.#place = undefined
    }
    if (!isSkipped || place.seq <= lastSeq || this.#place !== undefined) return
    this.#place = place
    this.#beats = 0
  }

  /** A heartbeat came. Gives the place where it has been in doubt for longer than one. */
  beat(): Position | undefined {
    if (this.#place === undefined) return undefined
    this.#beats += 1
    return this.#beats > 1 ? this.#place : undefined
  }
}
