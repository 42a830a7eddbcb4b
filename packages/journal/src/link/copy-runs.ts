import type { JournalFrame } from '../reading-types.ts'
import type { AppendedFrames, AppendFrameOptions, Journal } from '../types.ts'

/** What frames are copied into. One that takes no runs gets frame by frame. */
export type CopyTarget = Pick<Journal<never>, 'appendFrame'> &
  Partial<Pick<Journal<never>, 'appendFrames' | 'upstreamPosition'>>

/** Puts frames of one journal that come in one turn together. */
export function gatherRuns(
  { appendFrames }: CopyTarget,
  append: (run: readonly JournalFrame[]) => void,
): (frame: JournalFrame) => void {
  if (appendFrames === undefined) return (frame) => append([frame])
  let run: JournalFrame[] = []
  const hand = (): void => {
    const gathered = run
    run = []
    if (gathered.length > 0) append(gathered)
  }
  return (frame) => {
    if (run.length > 0 && run[0]?.journalId !== frame.journalId) hand()
    run.push(frame)
    if (run.length === 1) queueMicrotask(hand)
  }
}

export function appendRun(
  target: CopyTarget,
  run: readonly JournalFrame[],
  options: AppendFrameOptions | undefined,
): Promise<AppendedFrames> {
  if (target.appendFrames !== undefined) return target.appendFrames(run, options)
  const [only] = run
  if (only === undefined) return Promise.resolve({ appended: [], failure: undefined })
  return target.appendFrame(only, options).then((appended) => ({ appended: [appended], failure: undefined }))
}
