import type { FileSystem } from '@tocsin/core'
import { lastValueFrom, tap } from 'rxjs'

import type { Durability, Journal, JournalOptions } from '../../src/index.ts'
import { JournalError, jsonCodec, openJournal } from '../../src/index.ts'
import type { Delivery } from '../../src/torture/oracle.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { virtualTime } from '../../src/testing/index.ts'
import { fill } from './damage.ts'
import { directory, settle } from './journals.ts'
import { describe, isHanging, outcome } from './outcome.ts'
import type { Life, TimedStep } from './programs.ts'
import type { Promises } from './promises.ts'
import { createReadings } from './readings.ts'
import { deliveriesOf } from './promises.ts'

/** What differs from a good disk and a good journal, so that what should be found can be found. */
export interface SimulationSetup {
  /** What the journal gets instead of the disk. */
  readonly disk?: (fileSystem: MemoryFileSystem) => FileSystem
  /** What is there at the beginning. */
  readonly from?: MemoryFileSystem
  /** Whether the last life opens and closes the journal and does nothing else. */
  readonly onlyOpens?: boolean
}

interface Appended {
  readonly durable: boolean
  seqs: readonly number[]
}

export interface Process extends Disposable {
  live(life: Life): Promise<void>
  /** Opens once more, without faults, and goes on working. */
  liveOn(): Promise<void>
}

/** A process that uses the journal on this disk, in a time of its own, and tells what it was promised. */
export function createProcess(
  fileSystem: MemoryFileSystem,
  options: Partial<JournalOptions<string>>,
  promises: Promises,
  { disk = (same) => same, onlyOpens = false }: SimulationSetup,
  nextSerial: () => number,
): Process {
  const time = virtualTime()
  const appends: Appended[] = []
  const repairs: (() => void)[] = []
  /** By name: what was asked for before one says nothing about what is there after it. */
  const removals = new Map<string, number>()
  /** What is not used in this life is not made durable in it. */
  const owned = new Set<string>()
  let handedIn = 0
  let acknowledged = 0
  let faulty = false
  const codec = jsonCodec<string>()
  const open = (from: MemoryFileSystem = fileSystem): Promise<Journal<string>> =>
    openJournal(directory, { codec, minFreeBytes: 0, ...options, fileSystem: disk(from) })

  const mend = (): void => {
    for (const repair of repairs.splice(0)) repair()
    fileSystem.setCapacity(Infinity)
  }

  const append = (journal: Journal<string>, lengths: readonly number[], durability?: Durability): void => {
    const values = lengths.map((length) => `${nextSerial()}:${'x'.repeat(length)}`)
    values.forEach((value) => promises.attempt(value))
    handedIn += values.length
    const kept = durability ?? options.durability ?? 'commit'
    const entry: Appended = { durable: kept === 'commit', seqs: [] }
    appends.push(entry)
    void journal.appendBatch(values, durability === undefined ? undefined : { durability }).then(
      ({ firstSeq, lastSeq }) => {
        acknowledged += values.length
        entry.seqs = values.map((_, index) => firstSeq + index)
        promises.expect(
          lastSeq === firstSeq + values.length - 1,
          'I3',
          `a batch is at ${firstSeq} to ${lastSeq}`,
        )
        values.forEach((value, index) => promises.acknowledge(firstSeq + index, value, entry.durable))
      },
      (error: unknown) => expectKnown(error, ['JOURNAL_IO', 'JOURNAL_FULL', 'JOURNAL_BUSY']),
    )
  }
  const expectKnown = (error: unknown, codes: readonly string[]): void => {
    const code = error instanceof JournalError ? error.code : String(error)
    promises.expect(faulty || code !== 'JOURNAL_IO', 'I10', `${String(error)} without a fault`)
    promises.expect(codes.includes(code), 'I10', `unexpected ${String(error)}`)
  }

  /** What all subscribers are beyond may be removed from now on; `without` one that is going. */
  const noteReleased = (journal: Journal<string>, without?: string): void => {
    const others = journal.subscribers().filter(({ name }) => name !== without)
    const positions = others.map(({ ackedSeq }) => ackedSeq)
    if (positions.length > 0) promises.release(Math.min(...positions))
  }

  const readings = createReadings(promises, expectKnown)

  const flush = (journal: Journal<string>): void => {
    const before = appends.length
    void journal.flush().then(
      () => promises.settle(appends.slice(0, before).flatMap(({ seqs }) => seqs)),
      (error: unknown) => expectKnown(error, ['JOURNAL_IO', 'JOURNAL_FULL']),
    )
  }

  const subscribe = (journal: Journal<string>, name: string, from: 'oldest' | 'newest'): void => {
    const known = journal.subscribers().some((status) => status.name === name)
    if (!known) promises.doubt(name)
    const turn = removals.get(name)
    void journal.subscriber(name, { from }).then(
      ({ ackedSeq }) => {
        owned.add(name)
        if (removals.get(name) === turn) promises.subscribed(name, ackedSeq, !known && !removals.has(name))
        noteReleased(journal)
      },
      (error: unknown) => expectKnown(error, ['JOURNAL_IO']),
    )
  }

  const remove = (journal: Journal<string>, name: string): void => {
    readings.stop(name)
    promises.doubt(name)
    noteReleased(journal, name)
    removals.set(name, (removals.get(name) ?? 0) + 1)
    void journal.removeSubscriber(name).catch((error: unknown) => expectKnown(error, ['JOURNAL_IO']))
  }

  const fail = (fault: Life['opening'][number]): void => {
    faulty = true
    repairs.push(fileSystem.fail(fault.operation, fault.code, fault))
  }

  const take = async (journal: Journal<string>, step: TimedStep): Promise<void> => {
    switch (step.does) {
      case 'append':
        append(journal, step.lengths, step.durability)
        break
      case 'flush':
        flush(journal)
        break
      case 'subscribe':
        subscribe(journal, step.name, step.from)
        break
      case 'read':
        subscribe(journal, step.name, 'oldest')
        await readings.read(journal, step.name)
        break
      case 'ack':
        readings.ack(step.name, step.index)
        break
      case 'unsubscribe':
        readings.stop(step.name)
        break
      case 'remove':
        remove(journal, step.name)
        break
      case 'seek':
        await readings.seek(journal, step.name, step.to)
        break
      case 'wait':
        await time.advanceBy(step.ms)
        break
      case 'mend':
        mend()
        break
      case 'fail':
        fail(step.fault)
        break
      case 'fill':
        faulty = true
        await fill(fileSystem, step.freeBytes)
    }
    noteReleased(journal)
    if (step.ticks === Infinity) await settle()
    else for (let tick = 0; tick < step.ticks; tick += 1) await Promise.resolve()
  }

  /** `undefined` where the process ended before; what only a fault kept from opening is tried again. */
  const opened = async (opening: Life['opening']): Promise<Journal<string> | undefined> => {
    opening.forEach(fail)
    let journal = await outcome(open())
    if (journal instanceof JournalError && opening.length > 0) {
      expectKnown(journal, ['JOURNAL_IO', 'JOURNAL_FULL', 'JOURNAL_READ_ONLY'])
      mend()
      journal = await outcome(open())
    }
    mend()
    faulty = false
    if (journal instanceof JournalError) {
      promises.expect(false, 'I7', `opening failed: ${journal.message}`)
      return undefined
    }
    return journal === isHanging ? undefined : journal
  }

  const audit = async (journal: Journal<string>): Promise<void> => {
    await settle()
    const { firstSeq } = journal.stats
    promises.reopened(firstSeq, new Map(journal.subscribers().map(({ name, ackedSeq }) => [name, ackedSeq])))
    const deliveries: Delivery[] = []
    const headSeq = journal.stats.lastSeq
    const batches = journal.readFrom('oldest', { maxInFlight: 3 }).pipe(
      tap((batch) => {
        deliveries.push(...deliveriesOf(batch))
        batch.ack()
      }),
    )
    const end = await outcome(lastValueFrom(batches, { defaultValue: undefined }))
    // The process may end while it reads: reading changes nothing, but retention does.
    if (end === isHanging) return
    promises.expect(!(end instanceof JournalError), 'I10', describe(end))
    promises.audited(firstSeq, headSeq, deliveries)
  }

  const isGone = (): boolean => fileSystem.operations >= stop
  let stop = Infinity

  return {
    [Symbol.dispose]: () => time.end(),
    live: async ({ opening, steps, closes, stopAt, stored }) => {
      stop = stopAt
      if (stopAt < Infinity) fileSystem.stopAt(stopAt, { stored })
      const journal = await opened(opening)
      if (journal === undefined) {
        promises.expect(isGone(), 'I7', 'opening does not end')
        return
      }
      await audit(journal)
      for (const step of steps) await take(journal, step)
      await settle()
      noteReleased(journal)
      readings.stopAll()
      if (!closes && !isGone()) await checkEnd(journal)
      if (!closes) return
      const wasFaulty = faulty
      const closed = await outcome(journal.close())
      if (closed === isHanging) promises.expect(isGone(), 'I10', 'closing does not end')
      else if (!wasFaulty) {
        promises.settle(appends.flatMap(({ seqs }) => seqs))
        for (const { name, ackedSeq } of journal.subscribers()) {
          if (owned.has(name)) promises.placed(name, ackedSeq)
        }
      }
    },
    liveOn: async () => {
      const journal = await opened([])
      promises.expect(journal !== undefined, 'I7', 'opening does not end')
      if (journal === undefined) return
      await audit(journal)
      const { firstSeq, lastSeq } = journal.stats
      const again = await outcome(open(fileSystem.processKill()))
      promises.expect(
        !(again instanceof JournalError) && again !== isHanging,
        'I7',
        `opening again: ${describe(again)}`,
      )
      const { stats } = again as Journal<string>
      promises.expect(
        stats.firstSeq === firstSeq && stats.lastSeq === lastSeq,
        'I7',
        'opening again gives another journal',
      )
      if (!onlyOpens) await checkEnd(journal)
      await outcome(journal.close())
    },
  }

  /** Nothing waits, every record that was handed in is counted, and what is appended now gets in. */
  async function checkEnd(journal: Journal<string>): Promise<void> {
    mend()
    await time.advanceBy(5000)
    for (const { name } of journal.subscribers()) {
      if (options.maxBytes !== undefined && options.maxBytes > 100_000) break
      // The only way to make room where that is scarce.
      noteReleased(journal, name)
      await outcome(journal.removeSubscriber(name))
      promises.removed(name)
    }
    if (isGone()) return
    const { appended, dropped, pending } = journal.stats
    const waits = options.whenFull === 'block' && (options.maxBytes ?? Infinity) < 100_000
    if (waits && pending > 0) return
    promises.expect(pending === 0, 'I11', `${pending} records wait for ever`)
    promises.expect(
      appended + dropped === handedIn && appended >= acknowledged,
      'I11',
      `${handedIn} records were handed in, ${appended} appended, ${acknowledged} acknowledged and ${dropped} dropped`,
    )
    // Without subscribers nothing counts as read, and a full journal stays full.
    if (options.whenFull !== 'drop-oldest' && (options.maxBytes ?? Infinity) < 100_000) return
    append(journal, [10])
    await settle()
    promises.expect(isGone() || appends.at(-1)?.seqs.length === 1, 'I10', 'nothing can be appended any more')
  }
}
