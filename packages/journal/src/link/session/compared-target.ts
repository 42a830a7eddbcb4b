import { asError } from '../../errors.ts'
import type { AppendedFrame, CopiedFrame } from '../../types.ts'
import type { CopyTarget } from '../copy-runs.ts'
import type { PlaceInDoubt } from './place-in-doubt.ts'
import type { FollowTarget } from './session-types.ts'

/**
 * A target whose place is compared with what it was given. A frame may be under way for long, while a newer connection has brought what
 * is behind it. That the other journal had reached the place of the target was found when the feed was resumed, so an older head says
 * nothing.
 */
export function comparedTarget(into: FollowTarget, doubt: PlaceInDoubt): CopyTarget {
  const placed = (frame: CopiedFrame): CopiedFrame => {
    const headSeq = Math.max(frame.headSeq, into.upstreamPosition(frame.journalId).seq)
    return headSeq === frame.headSeq ? frame : { ...frame, headSeq }
  }
  const compare = (frame: CopiedFrame, { written }: AppendedFrame): void =>
    doubt.compare(frame, written === undefined, into.upstreamPosition(frame.journalId))
  const target: CopyTarget = {
    appendFrame: async (frame, options) => {
      const appended = await into.appendFrame(placed(frame), options)
      compare(frame, appended)
      return appended
    },
  }
  if (into.appendFrames === undefined) return target
  const appendFrames = into.appendFrames.bind(into)
  return {
    ...target,
    appendFrames: async (frames, options) => {
      const end = await appendFrames(frames.map(placed), options)
      for (const [index, frame] of frames.entries()) {
        const appended = end.appended[index]
        if (appended === undefined) break
        try {
          compare(frame, appended)
        } catch (error) {
          return { appended: end.appended.slice(0, index), failure: asError(error) }
        }
      }
      return end
    },
  }
}
