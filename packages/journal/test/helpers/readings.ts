import type { Subscription } from 'rxjs'

import type { JournalBatch, Journal } from '../../src/index.ts'
import { JournalError } from '../../src/index.ts'
import type { Delivery } from '../../src/torture/oracle.ts'
import { isHanging, outcome } from './outcome.ts'
import type { Promises } from './promises.ts'
import { deliveriesOf } from './promises.ts'

const maxInFlight = 2
interface Reading {
  readonly subscription: Subscription
  readonly afterSeq: number
  readonly deliveries: Delivery[]
  readonly out: JournalBatch<string>[]
}

/** The subscriptions of a program, one per subscriber. */
export interface Readings {
  read(journal: Journal<string>, name: string): Promise<void>
  ack(name: string, index: number): void
  seek(journal: Journal<string>, name: string, to: number): Promise<void>
  stop(name: string): void
  stopAll(): void
}

/** Tells what comes, and what is acknowledged. */
export function createReadings(
  promises: Promises,
  expectKnown: (error: unknown, codes: readonly string[]) => void,
): Readings {
  const readings = new Map<string, Reading>()
  const seeks = new Map<string, number>()

  const stop = (name: string): void => {
    const reading = readings.get(name)
    readings.delete(name)
    if (reading === undefined) return
    reading.subscription.unsubscribe()
    promises.delivered(reading.afterSeq, reading.deliveries)
  }

  const read = async (journal: Journal<string>, name: string): Promise<void> => {
    const subscriber = await outcome(journal.subscriber(name))
    if (subscriber === isHanging || subscriber instanceof JournalError) return
    stop(name)
    const afterSeq = subscriber.ackedSeq
    const deliveries: Delivery[] = []
    const out: JournalBatch<string>[] = []
    const subscription = subscriber.batches({ maxRecords: 3, maxInFlight }).subscribe({
      next: (batch) => {
        deliveries.push(...deliveriesOf(batch))
        out.push(batch)
        promises.expect(out.length <= maxInFlight, 'I12', `${out.length} batches are out`)
      },
      error: (error: unknown) => expectKnown(error, ['JOURNAL_IO', 'JOURNAL_SUBSCRIBER_BUSY']),
    })
    readings.set(name, { subscription, afterSeq, deliveries, out })
  }

  const ack = (name: string, index: number): void => {
    const reading = readings.get(name)
    const batch = reading?.out[index]
    if (reading === undefined || batch === undefined) return
    reading.out.splice(0, index + 1)
    promises.moving(name, batch.position.lastSeq)
    batch.ack()
  }

  /** Deliveries of before the seek and of after it are two readings. */
  const seek = async (journal: Journal<string>, name: string, to: number): Promise<void> => {
    if (!journal.subscribers().some((status) => status.name === name)) return
    const subscriber = await outcome(journal.subscriber(name))
    if (subscriber === isHanging || subscriber instanceof JournalError) return
    stop(name)
    const { firstSeq, lastSeq } = journal.stats
    const seq = firstSeq + Math.floor((to * (lastSeq - firstSeq + 1)) / 1000)
    promises.seeking(name, seq - 1)
    const turn = (seeks.get(name) ?? 0) + 1
    seeks.set(name, turn)
    void subscriber.seek({ seq }).then(
      () => {
        if (seeks.get(name) === turn) promises.placed(name, seq - 1)
      },
      (error: unknown) => expectKnown(error, ['JOURNAL_IO', 'JOURNAL_CLOSED']),
    )
  }

  return {
    read,
    ack,
    seek,
    stop,
    stopAll: () => {
      for (const name of [...readings.keys()]) stop(name)
    },
  }
}
