import type { CursorFile } from './cursor-file.ts'

/** Saves the position of one cursor: into the file at once, one write at a time, and onto the disk less often. */
export interface CursorWriter {
  readonly ackedSeq: number
  /** What lies below may be removed: see {@link CursorFile}. */
  readonly durableSeq: number
  /** Goes up with each seek: what was handed out before one does not count after it. */
  readonly generation: number
  /** Nothing is left to be synced. */
  readonly settled: boolean
  ack(seq: number): void
  /** Goes to any position, for good when it resolves; where it was if it rejects. */
  seek(seq: number): Promise<void>
  /** One sync towards {@link CursorWriter.settled}. */
  step(): Promise<void>
  /** As many as it takes until the present position is durable for good. */
  settle(): Promise<void>
  /** Settles and lets the file go. */
  close(): Promise<void>
  /** Lets the file go as it is. */
  discard(): Promise<void>
}

/** What a writer calls back. */
export interface CursorWriterEvents {
  /** The position or `durableSeq` has changed. */
  moved(): void
  /** What was acknowledged could not be saved; `repeated` where that is known. */
  failed(error: unknown, repeated: boolean): void
}

export function createCursorWriter(
  file: CursorFile,
  startSeq: number,
  events: CursorWriterEvents,
): CursorWriter {
  let ackedSeq = startSeq
  let generation = 0
  let turn: Promise<unknown> = Promise.resolve()
  let writing = false
  let failing = false
  let closed = false

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const run = turn.then(() => file.inTurn(work))
    turn = run.catch(() => undefined)
    return run
  }
  const save = async (): Promise<void> => {
    writing = false
    if (file.ackedSeq !== ackedSeq) await file.write(ackedSeq)
  }
  /** Nobody waits for these: the next ack or the next sync tries again. */
  const quietly = async (work: () => Promise<void>): Promise<void> => {
    try {
      await inTurn(async () => {
        if (!closed) await work()
      })
      // A write that the cache took says nothing about the disk.
      if (work !== save) failing = false
    } catch (error) {
      const repeated = failing
      failing = true
      events.failed(error, repeated)
      return
    }
    events.moved()
  }
  const step = async (): Promise<void> => {
    if (!file.isSettled(ackedSeq)) await file.step(ackedSeq)
  }
  const discard = async (): Promise<void> => {
    closed = true
    await turn
    await file.close()
  }
  return {
    get ackedSeq() {
      return ackedSeq
    },
    get durableSeq() {
      return file.durableSeq
    },
    get generation() {
      return generation
    },
    get settled() {
      return file.isSettled(ackedSeq)
    },
    ack: (seq) => {
      if (closed || seq <= ackedSeq) return
      ackedSeq = seq
      if (writing) return
      // What is acknowledged until its turn comes is written together.
      writing = true
      void quietly(save)
    },
    seek: async (seq) => {
      try {
        await inTurn(async () => {
          // Both slots: a power cut must not bring back the one that lies ahead.
          await file.sync(seq)
          await file.sync(seq)
          ackedSeq = seq
          generation += 1
          await file.step(seq).catch(() => undefined)
        })
      } finally {
        events.moved()
      }
    },
    step: () => quietly(step),
    settle: () =>
      quietly(async () => {
        // As it is now: acks that come meanwhile do not keep it busy.
        const target = ackedSeq
        for (let steps = 0; steps < 3 && file.durableSeq < target; steps += 1) await file.sync(ackedSeq)
      }),
    close: async () => {
      await quietly(async () => {
        for (let steps = 0; steps < 3; steps += 1) await step()
      })
      await discard()
    },
    discard,
  }
}
