import { messageOf } from '../errors.ts'
import { openJournal } from '../open-journal.ts'
import type { JournalBatch } from '../reading-types.ts'
import type { Journal } from '../types.ts'
import { between, createRandom, parseTortureRecord, tortureRecord } from './torture-record.ts'
import type { WriterLine, WriterPlan } from './writer-process.ts'

const producers = 4

const encoder = new TextEncoder()

const decoder = new TextDecoder()

type Print = (line: WriterLine) => void

/** Appends as fast as it can until it is killed or the disk goes away, and tells what was acknowledged. */
export async function runTortureWriter(plan: WriterPlan, print: Print): Promise<void> {
  const random = createRandom(plan.seed)
  try {
    const journal = await openJournal(plan.directory, { segmentBytes: plan.segmentBytes })
    const cursors = journal.subscribers().map(({ name, ackedSeq }) => [name, ackedSeq] as const)
    print({ open: { firstSeq: journal.recovery.firstSeq, cursors: Object.fromEntries(cursors) } })
    if (plan.subscribers) await startReaders(journal, random, print)
    const produce = createProducer(journal, plan, random, print)
    await Promise.all(Array.from({ length: producers }, () => produce()))
  } catch (error) {
    print({ failed: messageOf(error) })
  }
}

function createProducer(
  journal: Journal<Uint8Array>,
  { life, durabilities, subscribers }: WriterPlan,
  random: () => number,
  print: Print,
): () => Promise<never> {
  let nextSerial = 0
  let ackedSeq = 0

  const append = async (): Promise<void> => {
    const durability = durabilities[between(random, 0, durabilities.length - 1)] ?? 'commit'
    const size = random() < 0.5 ? 1 : between(random, 2, 50)
    const serial = nextSerial
    nextSerial += size
    print({ upTo: nextSerial })
    const values = Array.from({ length: size }, (_, index) =>
      encoder.encode(tortureRecord(life, serial + index)),
    )
    const [first] = values
    const { firstSeq, lastSeq } =
      size === 1 && first !== undefined
        ? await journal.append(first, { durability })
        : await journal.appendBatch(values, { durability })
    ackedSeq = Math.max(ackedSeq, lastSeq)
    print({ acked: [firstSeq, lastSeq, serial, durability] })
  }
  const flush = async (): Promise<void> => {
    const seq = ackedSeq
    await journal.flush()
    print({ flushed: seq })
  }
  /** Comes and goes, and never reads: what it holds has to be kept, and to be let go. */
  const guest = async (): Promise<void> => {
    const from = random() < 0.5 ? 'newest' : 'oldest'
    await journal.subscriber('guest', { from })
    await journal.removeSubscriber('guest')
  }
  return async () => {
    for (;;) {
      const what = subscribers ? random() : 1
      if (what < 0.02) await flush()
      else if (what < 0.03) await guest()
      else await append()
    }
  }
}

/** One that keeps up, and one that dawdles. */
async function startReaders(journal: Journal<Uint8Array>, random: () => number, print: Print): Promise<void> {
  for (const name of ['quick', 'slow']) {
    const subscriber = await journal.subscriber(name)
    // Where it begins is a position like those that it comes to.
    print({ acking: [name, subscriber.ackedSeq] })
    const ack = (batch: JournalBatch<Uint8Array>): void => {
      print({ acking: [name, batch.position.lastSeq] })
      batch.ack()
    }
    subscriber.batches({ maxRecords: 200, maxInFlight: 2 }).subscribe({
      next: (batch) => {
        tell(batch, print)
        if (name === 'quick') ack(batch)
        else setTimeout(() => ack(batch), between(random, 0, 20))
      },
      error: (error: unknown) => print({ failed: messageOf(error) }),
    })
  }
}

function tell({ position: { firstSeq }, values }: JournalBatch<Uint8Array>, print: Print): void {
  const records: (readonly [number, number])[] = []
  for (const [index, value] of values.entries()) {
    const record = parseTortureRecord(decoder.decode(value))
    if (record === undefined) print({ altered: firstSeq + index })
    // Keeps the places of the others.
    records.push([record?.life ?? 0, record?.serial ?? 0])
  }
  if (records.length > 0) print({ got: [firstSeq, ...records] })
}
