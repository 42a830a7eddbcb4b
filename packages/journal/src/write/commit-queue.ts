import { JournalError } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import type { Durability, Written } from '../types.ts'
import type { FrameLimits, Pending, PreparedFrame } from './prepare-frames.ts'
import { prepareFrames } from './prepare-frames.ts'
import type { Log } from './log.ts'

/** What the queue needs from the disk. */
export interface CommitTarget<T> {
  readonly codec: Codec<T>
  readonly limits: FrameLimits
  readonly maxPending: number
  readonly log: Pick<Log, 'write'>
  /** These are written, the last with this sequence number. */
  written(values: readonly T[], lastSeq: number, durability: Durability): void
  /** So many records were refused or failed. */
  lost(count: number): void
}

/** Group commit: one frame is written at a time, and what is appended meanwhile goes together into the next. */
export interface CommitQueue<T> {
  /** Records that wait. */
  readonly pending: number
  append(values: readonly T[], durability: Durability): Promise<Written>
  /** Like `append`, for whoever has a bound of its own. */
  appendUnbounded(values: readonly T[], durability: Durability): Promise<Written>
  /** Does something when everything that was appended before is written, and before anything that comes later. */
  run(work: () => Promise<void>): Promise<void>
}

/** Something to do between two frames. */
interface Turn {
  readonly work: () => Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function createCommitQueue<T>(target: CommitTarget<T>): CommitQueue<T> {
  let queue: (Pending<T> | Turn)[] = []
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
    const taken: Pending<T>[] = []
    let records = 0
    for (const next of queue) {
      if ('work' in next) break
      records += next.values.length
      if (taken.length > 0 && records > most) break
      taken.push(next)
    }
    queue = taken.length === queue.length ? [] : queue.slice(taken.length)
    return taken
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

  const resolveParts = (frame: PreparedFrame<T>, firstSeq: number): void => {
    let seq = firstSeq
    for (const { pending, count } of frame.parts) {
      if (pending.firstSeq === 0) pending.firstSeq = seq
      seq += count
      if (pending.failed) continue
      pending.left -= count
      waiting -= count
      if (pending.left === 0) pending.resolve({ firstSeq: pending.firstSeq, lastSeq: seq - 1 })
    }
  }

  const commit = async (frame: PreparedFrame<T>): Promise<void> => {
    if (frame.parts.every(({ pending }) => pending.failed)) return
    const durability = strongest(frame)
    const { body, values, parts } = frame
    try {
      const durable = durability === 'commit'
      const seq = await target.log.write({ body, count: values.length, flags: 0, durable })
      recordBytes = Math.max(1, body.length / values.length)
      resolveParts(frame, seq)
      target.written(values, seq + values.length - 1, durability)
    } catch (error) {
      const lost = parts.map(({ pending }) => pending)
      // Room may come back between two frames; a disk that failed twice fails whoever waits, and is tried again later.
      if (!(error instanceof JournalError && error.code === 'JOURNAL_FULL')) {
        // One by one: there may be more than a call takes arguments.
        for (const other of frames) for (const { pending } of other.parts) lost.push(pending)
        frames = []
        for (const next of queue) if (!('work' in next)) lost.push(next)
        queue = queue.filter((next) => 'work' in next)
      }
      for (const pending of lost) fail(pending, error)
    }
  }

  const turn = async ({ work, resolve, reject }: Turn): Promise<void> => {
    try {
      await work()
      resolve()
    } catch (error) {
      reject(error)
    }
  }

  const run = async (): Promise<void> => {
    // What the same turn appends shares the first frame.
    await Promise.resolve()
    for (;;) {
      const frame = frames.shift()
      const [next] = queue
      if (frame !== undefined) await commit(frame)
      else if (next === undefined) break
      else if ('work' in next) {
        queue.shift()
        await turn(next)
      } else prepare()
    }
    running = false
  }

  const enqueue = (next: Pending<T> | Turn): void => {
    queue.push(next)
    if (running) return
    running = true
    void run()
  }

  const appendUnbounded = (values: readonly T[], durability: Durability): Promise<Written> =>
    new Promise((resolve, reject) => {
      const left = values.length
      waiting += left
      enqueue({ values, durability, firstSeq: 0, left, failed: false, resolve, reject })
    })

  return {
    get pending() {
      return waiting
    },
    append: (values, durability) => {
      if (waiting === 0 || waiting + values.length <= target.maxPending) {
        return appendUnbounded(values, durability)
      }
      target.lost(values.length)
      return Promise.reject(
        new JournalError(
          'JOURNAL_BUSY',
          `${waiting} records wait for the disk already (maxPending ${target.maxPending}); append more slowly`,
          { waiting, maxPending: target.maxPending },
        ),
      )
    },
    appendUnbounded,
    run: (work) => new Promise((resolve, reject) => enqueue({ work, resolve, reject })),
  }
}

/** One append that waits for the disk takes the others of its frame with it. */
function strongest<T>({ parts }: PreparedFrame<T>): Durability {
  let interval = false
  for (const { pending } of parts) {
    if (pending.durability === 'commit') return 'commit'
    interval ||= pending.durability === 'interval'
  }
  return interval ? 'interval' : 'os'
}
