import type { OperatorFunction } from 'rxjs'
import { Observable } from 'rxjs'

import { resolveAppendFrame } from '../options.ts'
import type { Gap, JournalFrame } from '../reading-types.ts'
import type { AppendedFrame, AppendedFrames, AppendFrameOptions, Written } from '../types.ts'
import type { CopyTarget } from './copy-runs.ts'
import { appendRun, gatherRuns } from './copy-runs.ts'
import { askedFirst, createSameHistory } from './same-history.ts'

/** What became of a frame that was copied, or of several that came as one. */
export type CopyResult =
  | {
      /** Records are in the target, durably. */
      readonly type: 'copied'
      /** Their sequence numbers in the journal that they come from. */
      readonly upstream: Written
      /** Their sequence numbers in the target. */
      readonly target: Written
    }
  | {
      /** Records were in the target already: the frame had come before. */
      readonly type: 'skipped'
      /** Their sequence numbers in the journal that they come from. */
      readonly upstream: Written
    }
  | {
      /** Records are missing in the journal that they should come from. */
      readonly type: 'gap'
      /** Which, by the numbers of that journal. */
      readonly gap: Gap
    }
  | {
      /** Only with `acceptHole`: records that the subscriber stands behind were not in the target. */
      readonly type: 'hole'
      /** Their sequence numbers in the journal that they should come from. */
      readonly upstream: Written
    }

/**
 * Copies frames of one journal into another, each record once, whatever crashes: each frame is appended together with its
 * place in the journal that it comes from, and acknowledged when it is durable in the target, whatever the target's
 * `durability`. Several frames are under way at once and share writes, also with those of other collectors and with what is appended
 * itself; those that come in one turn are appended and answered together. What comes again is skipped. Journals can be chained; the place is that in the direct predecessor.
 * Emits: what became of each frame, after it was acknowledged: gaps, then what was skipped, then what was copied. A gap is
 * emitted again where its frame comes again.
 * Completes: with the source.
 * Errors: as `appendFrame` of the journal rejects; that frame and later ones stay unacknowledged and come again. So with
 * `JOURNAL_DIVERGED` where the other journal was restored or copied and went on by itself: they part at `seq` of the error's facts, or
 * before. With `frames({ after: target.upstreamPosition(id) })` that is told at once, not only with the next record.
 * `JOURNAL_BAD_OPTION` is thrown at the call.
 * Memory: the frames that the subscriber lets out, all of which may be under way.
 * Time: none.
 *
 * @example
 * ```ts
 * import { jsonCodec, openJournal } from '@tocsin/journal'
 * import { intoJournal } from '@tocsin/journal/link'
 * import { firstValueFrom } from 'rxjs'
 *
 * const codec = jsonCodec<string>()
 * await using collector = await openJournal('./collector', { codec })
 * await using aggregator = await openJournal('./aggregator', { codec })
 * await collector.appendBatch(['a', 'b'])
 * const link = await collector.subscriber('aggregator')
 * const { type } = await firstValueFrom(link.frames().pipe(intoJournal(aggregator)))
 * console.log(type, aggregator.upstreamPosition(collector.id).seq) // => copied 2
 * ```
 */
export function intoJournal(
  target: CopyTarget,
  options?: AppendFrameOptions,
): OperatorFunction<JournalFrame, CopyResult> {
  const { acceptHole } = resolveAppendFrame(options)
  // What is not said is not checked again with each run.
  const resolved = acceptHole ? { acceptHole } : undefined
  return (source) =>
    new Observable((subscriber) => {
      const sameHistory = createSameHistory(target)
      let underWay = 0
      let ended = false
      const fail = (error: unknown): void => subscriber.error(error)
      const done = (run: readonly JournalFrame[], { appended, failure }: AppendedFrames): void => {
        underWay -= run.length
        // And with it those before it.
        run[appended.length - 1]?.ack()
        for (const [index, frame] of run.entries()) {
          const one = appended[index]
          if (one !== undefined) for (const result of resultsOf(frame, one)) subscriber.next(result)
        }
        if (failure !== undefined) subscriber.error(failure)
        else if (ended && underWay === 0) subscriber.complete()
      }
      const append = (run: readonly JournalFrame[]): void => {
        if (subscriber.closed) return
        let appending: Promise<AppendedFrames>
        try {
          appending = appendRun(target, run, resolved)
        } catch (error) {
          fail(error)
          return
        }
        // Nothing between the promise and the end of the stream: a frame behind one that was refused must not be let in meanwhile.
        appending.then((end) => {
          // Another stream may have brought more, of a copy of the journal that went on by itself.
          const skipped = run.findLast((frame, index) => frame.count > 0 && isSkipped(end.appended[index]))
          const asked = skipped === undefined ? undefined : sameHistory(skipped)
          if (asked === undefined) done(run, end)
          else if (end.failure !== undefined) fail(end.failure)
          else asked.then(() => done(run, end), fail)
        }, fail)
      }
      const runs = gatherRuns(target, append)
      const next = (frame: JournalFrame): void => {
        if (subscriber.closed) return
        underWay += 1
        runs(frame)
      }
      const complete = (): void => {
        ended = true
        if (underWay === 0) subscriber.complete()
      }
      subscriber.add(source.pipe(askedFirst(sameHistory)).subscribe({ next, complete, error: fail }))
    })
}

const isSkipped = (appended: AppendedFrame | undefined): boolean =>
  appended !== undefined && appended.written === undefined

function resultsOf(
  { gaps, firstSeq, lastSeq }: JournalFrame,
  { skipped, written, hole }: AppendedFrame,
): readonly CopyResult[] {
  const results: CopyResult[] = []
  if (hole !== undefined) results.push({ type: 'hole', upstream: hole })
  for (const gap of gaps) results.push({ type: 'gap', gap })
  const next = firstSeq + skipped
  if (skipped > 0) results.push({ type: 'skipped', upstream: { firstSeq, lastSeq: next - 1 } })
  if (written !== undefined) {
    results.push({ type: 'copied', upstream: { firstSeq: next, lastSeq }, target: written })
  }
  return results
}
