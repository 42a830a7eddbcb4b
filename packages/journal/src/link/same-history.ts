import type { JournalFrame, Position } from '../reading-types.ts'
import type { Journal } from '../types.ts'

/** Asks the journal that a frame was read from whether the target is in its history; `undefined` where nobody can tell here. */
export type SameHistory = (frame: JournalFrame) => Promise<void> | undefined

/**
 * Of frames that the target has already, the target could not tell whether they are the same, and they would be acknowledged: the
 * journal that they were read from compares the target's position. Each position is compared once.
 */
export function createSameHistory(target: Partial<Pick<Journal<never>, 'upstreamPosition'>>): SameHistory {
  const compared = new Map<string, { readonly position: Position; readonly done: Promise<void> }>()
  return (frame) => {
    const { journalId } = frame
    const position = target.upstreamPosition?.(journalId)
    if (position === undefined || frame.verify === undefined) return undefined
    const last = compared.get(journalId)
    if (last?.position.seq === position.seq && last.position.checksum === position.checksum) return last.done
    const done = frame.verify(position)
    compared.set(journalId, { position, done })
    return done
  }
}
