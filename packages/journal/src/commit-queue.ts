import type { Codec } from './codec.ts'
import type { FrameLimits, Pending, PreparedFrame } from './engine/prepare-frames.ts'
import { prepareFrames } from './engine/prepare-frames.ts'
import { JournalError } from './errors.ts'
import type { Written } from './types.ts'

/** What the queue needs from the disk. */
export interface CommitTarget<T> {
  readonly codec: Codec<T>
  readonly limits: FrameLimits
  readonly maxPending: number
  /** Makes a frame durable; gives the sequence number of its first record. */
  write(body: Uint8Array, count: number): Promise<number>
  /** Makes everything written durable, where `write` does not. */
  sync(): Promise<void>
  /** The records are durable. */
  committed(values: readonly T[]): void
  /** So many records were refused or failed. */
  lost(count: number): void
}

/** Group commit: one frame is written at a time, and what is appended meanwhile goes together into the next. */
export interface CommitQueue<T> {
  /** Records that wait. */
  readonly pending: number
  append(values: readonly T[]): Promise<Written>
  /** Like `append`, for whoever has a bound of its own. */
  appendUnbounded(values: readonly T[]): Promise<Written>
  flush(): Promise<void>
}

export function createCommitQueue<T>(target: CommitTarget<T>): CommitQueue<T> {
  let queue: Pending<T>[] = []
  let frames: PreparedFrame<T>[] = []
  let waiting = 0
  let running = false
  let recordBytes = 64

  const settled = (pending: Pending<T>): void => {
    waiting -= pending.left
    pending.left = 0
  }
  const fail = (pending: Pending<T>, error: unknown): void => {
    if (!pending.failed) target.lost(pending.left)
    pending.failed = true
    pending.reject(error)
    settled(pending)
  }

  /** Whole appends, up to about one frame, or the one append that is larger. */
  const take = (): readonly Pending<T>[] => {
    const most = Math.max(1, Math.floor(target.limits.targetBytes / recordBytes))
    let records = 0
    let count = 0
    for (const pending of queue) {
      records += pending.values.length
      if (pending.values.length === 0 || (count > 0 && records > most)) break
      count += 1
    }
    return queue.splice(0, count)
  }

  const prepare = (): void => {
    const appends = take()
    frames = [...prepareFrames(appends, target.codec, target.limits)]
    for (const pending of appends) {
      if (!pending.failed) continue
      target.lost(pending.left)
      settled(pending)
    }
  }

  const commit = async (frame: PreparedFrame<T>): Promise<void> => {
    if (frame.parts.every(({ pending }) => pending.failed)) return
    try {
      let seq = await target.write(frame.body, frame.values.length)
      recordBytes = Math.max(1, frame.body.length / frame.values.length)
      for (const { pending, count } of frame.parts) {
        if (pending.firstSeq === 0) pending.firstSeq = seq
        seq += count
        if (pending.failed) continue
        pending.left -= count
        waiting -= count
        if (pending.left === 0) pending.resolve({ firstSeq: pending.firstSeq, lastSeq: seq - 1 })
      }
      target.committed(frame.values)
    } catch (error) {
      const lost = frame.parts.map(({ pending }) => pending)
      // Room may come back between two frames; a disk that failed twice fails whoever waits, and is tried again later.
      if (!(error instanceof JournalError && error.code === 'JOURNAL_FULL')) {
        lost.push(...frames.flatMap(({ parts }) => parts.map(({ pending }) => pending)), ...queue)
        frames = []
        queue = []
      }
      for (const pending of lost) fail(pending, error)
    }
  }

  const run = async (): Promise<void> => {
    // What the same turn appends shares the first frame.
    await Promise.resolve()
    for (;;) {
      const frame = frames.shift()
      if (frame !== undefined) await commit(frame)
      else if (queue[0]?.values.length === 0) await barrier(queue.splice(0, 1))
      else if (queue.length > 0) prepare()
      else break
    }
    running = false
  }

  const barrier = async ([pending]: readonly Pending<T>[]): Promise<void> => {
    try {
      await target.sync()
      pending?.resolve({ firstSeq: 0, lastSeq: 0 })
    } catch (error) {
      pending?.reject(error)
    }
  }

  const enqueue = (values: readonly T[]): Promise<Written> =>
    new Promise((resolve, reject) => {
      queue.push({ values, firstSeq: 0, left: values.length, failed: false, resolve, reject })
      waiting += values.length
      if (running) return
      running = true
      void run()
    })

  return {
    get pending() {
      return waiting
    },
    append: (values) => {
      if (waiting === 0 || waiting + values.length <= target.maxPending) return enqueue(values)
      target.lost(values.length)
      return Promise.reject(
        new JournalError(
          'JOURNAL_BUSY',
          `${waiting} records wait for the disk already (maxPending ${target.maxPending}); append more slowly`,
          { waiting, maxPending: target.maxPending },
        ),
      )
    },
    appendUnbounded: enqueue,
    flush: async () => {
      await enqueue([])
    },
  }
}
