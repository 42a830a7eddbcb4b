import type { Defined } from '@tocsin/core'
import { Observable } from 'rxjs'

import { JournalError, mendDisk } from '../errors.ts'
import type { BatchesOptions } from '../reading-types.ts'
import type { BatchReader, Reading } from './batch-reader.ts'

/** An open journal, as those who read it see it. */
export interface OpenReading<T> {
  readonly reading: Reading<T>
  readonly isClosed: () => boolean
  /** Calls back after every commit and at the end. */
  readonly onChange: (callback: () => void) => () => void
}

/** What a subscription of batches hangs on. */
export interface BatchSource {
  readonly name: string
  /** The journal is closed or the subscriber removed. */
  readonly ended: boolean
  /** Whether a subscription is active. */
  claimed: boolean
  /** Everything up to here is acknowledged. */
  readonly ackedSeq: number
  /** Goes up when the position is moved otherwise than by acknowledgements: reading goes on from there. */
  readonly generation?: number
  ack(seq: number): void
  /** Calls back after every commit and at the end; gives the function that stops it. */
  onChange(callback: () => void): () => void
}

/** How much is handed out and not acknowledged. */
export interface Credit extends Defined<Pick<BatchesOptions, 'maxRecords' | 'maxInFlight'>> {
  /** Nothing more is read while so much is out. */
  readonly maxInFlightBytes?: number
}

/** Hands out batches while fewer than `maxInFlight` are unacknowledged; nothing is read ahead of that. */
export function batchesOf<B extends { readonly lastSeq: number; readonly bytes?: Uint8Array }, R>(
  source: BatchSource,
  /** A reader that starts behind this position. */
  open: (ackedSeq: number) => BatchReader<B>,
  /** `maxInFlight` may be `Infinity`: then nobody is waited for. */
  { maxRecords, maxInFlight, maxInFlightBytes = Infinity }: Credit,
  /** What is handed out of what was read. */
  dress: (read: B, ack: () => void) => R,
  /** Done once, before the first is read. */
  begin?: (isOver: () => boolean) => Promise<void>,
): Observable<R> {
  return new Observable((subscriber) => {
    if (source.ended) {
      subscriber.complete()
      return
    }
    if (source.claimed) {
      subscriber.error(busy(source.name))
      return
    }
    source.claimed = true
    let { generation } = source
    let reader: BatchReader<B> | undefined
    const inFlight: { readonly lastSeq: number; readonly bytes: number }[] = []
    let bytesInFlight = 0
    let running = false
    let changed = false

    const ack = (seq: number, given: number | undefined): void => {
      // What was handed out before a seek says nothing about the position after it.
      if (given !== source.generation) return
      source.ack(seq)
      for (let [next] = inFlight; next && next.lastSeq <= seq; [next] = inFlight) {
        inFlight.shift()
        bytesInFlight -= next.bytes
      }
      void pump()
    }
    const hand = (batch: B): void => {
      const given = generation
      const { lastSeq, bytes } = batch
      if (maxInFlight < Infinity) inFlight.push({ lastSeq, bytes: bytes?.length ?? 0 })
      bytesInFlight += inFlight.length === 0 ? 0 : (bytes?.length ?? 0)
      subscriber.next(dress(batch, () => ack(batch.lastSeq, given)))
    }
    const startAgain = async (): Promise<void> => {
      generation = source.generation
      inFlight.length = 0
      bytesInFlight = 0
      await reader?.close()
      reader = open(source.ackedSeq)
    }
    const start = async (): Promise<void> => {
      await begin?.(() => isOver(subscriber, source)).catch((error: unknown) => {
        if (!source.ended) throw error
      })
      generation = source.generation
      reader = open(source.ackedSeq)
    }
    const hasCredit = (): boolean => inFlight.length < maxInFlight && bytesInFlight < maxInFlightBytes
    const deliver = async (): Promise<void> => {
      if (reader === undefined) await start()
      else if (generation !== source.generation) await startAgain()
      while (!subscriber.closed && !source.ended && hasCredit()) {
        const reading = reader?.read(maxRecords, source.ackedSeq)
        const batch = reading instanceof Promise ? await reading : reading
        // Read as a property again: both change while the disk is read.
        if (isOver(subscriber, source)) return
        if (generation !== source.generation) await startAgain()
        else if (batch === undefined) return
        else hand(batch)
      }
    }
    const pump = async (): Promise<void> => {
      changed = true
      if (running) return
      running = true
      try {
        // An ack or a commit may come after the last look and before this is over.
        while (changed) {
          changed = false
          await deliver()
        }
      } catch (error) {
        subscriber.error(error instanceof JournalError ? error : unreadable(source.name, error))
      }
      running = false
      if (source.ended) subscriber.complete()
      if (subscriber.closed) await reader?.close()
    }

    const stop = source.onChange(() => void pump())
    subscriber.add(() => {
      stop()
      source.claimed = false
      if (!running) void reader?.close()
    })
    void pump()
  })
}

const isOver = (subscriber: { readonly closed: boolean }, source: { readonly ended: boolean }): boolean =>
  subscriber.closed || source.ended

const busy = (name: string): JournalError =>
  new JournalError(
    'JOURNAL_SUBSCRIBER_BUSY',
    `subscriber "${name}" has an active subscription; unsubscribe it first or use another name`,
    { name },
  )

const unreadable = (name: string, error: unknown): JournalError =>
  new JournalError(
    'JOURNAL_IO',
    `the records of subscriber "${name}" cannot be read: ${mendDisk(error, 'mend the disk')}, then subscribe again`,
    { name },
    error,
  )
