import { asError, JournalError } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import { flagCheckedProvenance, frameBytes } from '../format/frame.ts'
import type { Provenance } from '../format/positions.ts'
import type { Durability, Written } from '../types.ts'
import type { Copy } from './copied-run.ts'
import { CopiedRun, CopiedRuns } from './copied-run.ts'
import type { Encoders, FrameLimits, Outcome } from './frame-builder.ts'
import { endOf, endOfAll, Frame, FrameBuilder, nowhere, tooLarge, unencodable } from './frame-builder.ts'
import type { FrameRequest, Log } from './log.ts'

/** What the queue needs from the disk. */
export interface CommitTarget<T> {
  readonly codec: Codec<T>
  readonly limits: FrameLimits
  readonly encoders: Encoders<T>
  readonly maxPending: number
  readonly maxPendingBytes: number
  readonly log: Pick<Log, 'write'>
  /** These are written, the last with this sequence number; `body` holds them until this returns. */
  written(count: number, lastSeq: number, durability: Durability, body: Uint8Array): void
  /** The records of another journal are here up to this place. Called before anything else is written. */
  copied(provenance: Provenance): void
  /** So many records were refused or failed. */
  lost(count: number): void
}

/** Something to do between two commits. */
interface Turn {
  readonly work: () => Promise<void>
  readonly outcome: Outcome
}

/** Group commit: one write is under way at a time, and what is appended meanwhile goes together into the next. */
export class CommitQueue<T> {
  readonly #target: CommitTarget<T>
  readonly #builder: FrameBuilder<T>
  #queue: (Frame<T> | Copy | Turn)[] = []
  #pending = 0
  /** Of frames that were encoded elsewhere, and of what has ended. */
  #handedBytes = 0
  #endedBytes = 0
  #running = false

  constructor(target: CommitTarget<T>) {
    this.#target = target
    this.#builder = new FrameBuilder(target.codec, target.limits, target.encoders)
  }

  /** Records that wait. */
  get pending(): number {
    return this.#pending
  }

  /** Bytes of the records that wait. */
  get pendingBytes(): number {
    return this.#builder.bytes + this.#handedBytes - this.#endedBytes
  }

  /** Resolves with the numbers of these records; where they are `shared`, with those of all in their frame, one promise for all. */
  append(values: readonly T[], durability: Durability, shared = false): Promise<Written> {
    try {
      const frame = this.#take(values, durability)
      if (frame.after !== undefined) return endOfAll(frame)
      return shared ? endOf(frame) : endOf(frame).then(frame.numbersOf(values.length))
    } catch (error) {
      this.#target.lost(values.length)
      return Promise.reject(asError(error))
    }
  }

  /** Takes frames that were encoded elsewhere, none behind one that fails, for whoever has a bound of its own; tells how each ends. */
  enqueueFrames(frames: readonly Frame<T>[]): readonly Promise<Written>[] {
    let before: Frame<T> | undefined
    for (const frame of frames) {
      frame.after = before
      before = frame
      this.#handedBytes += frame.bytes
      this.#pending += frame.count
      this.#enqueueFrame(frame)
    }
    return frames.map(endOf)
  }

  /** Takes copies of one journal; the last of them has the outcome, and each its first number when it is written. */
  enqueueCopies(copies: readonly Copy[]): void {
    const last = copies.at(-1)
    if (last !== undefined) last.outcome = newOutcome()
    for (const copy of copies) this.#enqueue(copy)
  }

  /** Does something when everything that was appended before is written, and before anything that comes later. */
  async run(work: () => Promise<void>): Promise<void> {
    const outcome = newOutcome()
    this.#builder.seal()
    this.#enqueue({ work, outcome })
    await outcome.done
  }

  #take(values: readonly T[], durability: Durability): Frame<T> {
    this.#refuseWhenBusy(values.length)
    const builder = this.#builder
    const frame = builder.add(values, durability)
    this.#pending += values.length
    if (builder.begun.length > 0) for (const begun of builder.begun.splice(0)) this.#enqueueFrame(begun)
    return frame
  }

  #refuseWhenBusy(records: number): void {
    const { maxPending, maxPendingBytes } = this.#target
    const waiting = this.#pending
    if (waiting === 0) return
    if (waiting + records > maxPending) {
      throw new JournalError(
        'JOURNAL_BUSY',
        `${waiting} records wait for the disk already (maxPending ${maxPending}); append more slowly`,
        { waiting, maxPending },
      )
    }
    const bytes = this.pendingBytes
    if (bytes < maxPendingBytes) return
    throw new JournalError(
      'JOURNAL_BUSY',
      `${bytes} bytes wait for the disk already (maxPendingBytes ${maxPendingBytes}); append more slowly`,
      { bytes, maxPendingBytes },
    )
  }

  #enqueueFrame(frame: Frame<T>): void {
    frame.outcome = newOutcome()
    frame.failure = undefined
    this.#enqueue(frame)
  }

  #enqueue(next: Frame<T> | Copy | Turn): void {
    this.#queue.push(next)
    if (this.#running) return
    this.#running = true
    void this.#run()
  }

  async #run(): Promise<void> {
    // What the same turn appends shares the first frame.
    await Promise.resolve()
    for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
      if ('work' in next) {
        this.#queue.shift()
        await next.work().then(() => next.outcome.resolve(nowhere), next.outcome.reject)
      } else await this.#commit(this.#plan())
    }
    this.#running = false
  }

  /** What is written next, up to about one frame, or the one that is larger. */
  #plan(): readonly (Frame<T> | CopiedRun<T>)[] {
    const { codec, encoders, limits } = this.#target
    const plan: (Frame<T> | CopiedRun<T>)[] = []
    const runs = new CopiedRuns<T>()
    this.#builder.seal()
    let bytes = 0
    let taken = 0
    for (const next of this.#queue) {
      if ('work' in next) break
      if (next.after?.failure !== undefined) this.#fail(next, next.after.failure)
      else {
        bytes += frameBytes(!(next instanceof Frame) ? next.records.length : next.bytes)
        if (taken > 0 && bytes > limits.targetBytes) break
        const run = next instanceof Frame ? undefined : runs.find(next)
        if (next instanceof Frame) plan.push(next)
        else if (run === undefined) plan.push(runs.begin(next))
        else if (!run.join(next, codec, encoders, limits.targetBytes)) break
      }
      taken += 1
    }
    this.#queue = this.#queue.slice(taken)
    return plan
  }

  async #commit(plan: readonly (Frame<T> | CopiedRun<T>)[]): Promise<void> {
    const frames: FrameRequest[] = []
    const units: (Frame<T> | CopiedRun<T>)[] = []
    for (const unit of plan) {
      const cause = unit instanceof Frame ? unit.after?.failure : undefined
      if (cause !== undefined) {
        this.#fail(unit, cause)
        continue
      }
      try {
        frames.push(this.#request(unit))
        units.push(unit)
      } catch (error) {
        this.#fail(unit, error)
      }
    }
    if (units.length === 0) return
    try {
      const durable = units.some(({ durability }) => durability === 'commit')
      let seq = await this.#target.log.write(frames, durable)
      for (const unit of units) {
        this.#succeed(unit, seq)
        seq += unit.count
      }
    } catch (error) {
      // Room may come back between two frames; a disk that failed twice fails whoever waits, and is tried again later.
      if (!isFull(error)) {
        for (const unit of units) this.#fail(unit, error)
        this.#failWaiting(error)
      } else if (units.length === 1) for (const unit of units) this.#fail(unit, error)
      else for (const unit of units) await this.#commit([unit])
    }
  }

  #request(unit: Frame<T> | CopiedRun<T>): FrameRequest {
    const { count } = unit
    if (!(unit instanceof Frame)) return { body: unit.body, count, flags: flagCheckedProvenance }
    const { codec, limits } = this.#target
    let body: unknown
    try {
      body = unit.records
    } catch (error) {
      throw unencodable(error, codec.name)
    }
    if (!(body instanceof Uint8Array)) throw unencodable(new TypeError('a frame must be bytes'), codec.name)
    if (body.length > limits.recordBytes) throw tooLarge(body.length, limits.recordBytes)
    return { body, count, flags: 0 }
  }

  #succeed(unit: Frame<T> | CopiedRun<T>, firstSeq: number): void {
    const { count, durability } = unit
    const { encoders } = this.#target
    if (unit instanceof Frame) {
      this.#end(unit)
      unit.outcome?.resolve({ firstSeq, lastSeq: firstSeq + count - 1 })
    } else {
      this.#target.copied(unit.provenance)
      let seq = firstSeq
      for (const copy of unit.copies) {
        copy.after = undefined
        copy.firstSeq = seq
        copy.outcome?.resolve(nowhere)
        seq += copy.count
      }
    }
    if (count > 0) this.#target.written(count, firstSeq + count - 1, durability, unit.records)
    unit.release(encoders)
  }

  #fail(unit: Frame<T> | CopiedRun<T> | Copy, error: unknown): void {
    if (unit instanceof CopiedRun) for (const copy of unit.copies) this.#fail(copy, error)
    else {
      unit.failure = error
      unit.outcome?.reject(error)
      if (!(unit instanceof Frame)) return
      this.#end(unit)
      this.#target.lost(unit.count)
    }
  }

  #failWaiting(error: unknown): void {
    const turns: Turn[] = []
    this.#builder.seal()
    for (const next of this.#queue) {
      if ('work' in next) turns.push(next)
      else this.#fail(next, error)
    }
    this.#queue = turns
  }

  #end({ count, bytes }: Frame<T>): void {
    this.#pending -= count
    this.#endedBytes += bytes
  }
}

function newOutcome(): Outcome {
  let resolve: Outcome['resolve'] = ignore
  let reject: Outcome['reject'] = ignore
  const done = new Promise<Written>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { done, resolve, reject }
}

const ignore = (): void => undefined

const isFull = (error: unknown): boolean => error instanceof JournalError && error.code === 'JOURNAL_FULL'
