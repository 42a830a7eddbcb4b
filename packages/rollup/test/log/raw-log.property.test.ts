import { memoryFileSystem, untilStopped, type MemoryFileSystem, type PowerCut } from '@tocsin/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RawLog, type RawLogOptions } from '../../src/log/raw-log.ts'
import type { LogPlace } from '../../src/log/log-place.ts'
import type { LogDamage } from '../../src/log/log-file.ts'
import { RecordWriter } from '../../src/log/record-writer.ts'
import { recording } from '../support/recording-sink.ts'

const minute = 60_000
const horizon = 3_600_000

/** A batch: its times say which one it is, for each is another. */
interface Batch {
  readonly seq: number
  readonly times: readonly number[]
}

const optionsOn = (fileSystem: MemoryFileSystem, damaged?: (damage: LogDamage) => void): RawLogOptions => ({
  fileSystem,
  directory: 'log',
  basePeriodMs: minute,
  rawHorizonMs: horizon,
  maxRawBytes: 1 << 30,
  rotateBytes: 300,
  ...(damaged && { damaged }),
})

async function emptyFolder(): Promise<MemoryFileSystem> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory('log')
  await fileSystem.syncDirectory('.')
  return fileSystem
}

function recordOf({ seq, times }: Batch, record = new RecordWriter()): RecordWriter {
  record.begin({ journalId: 'j', seq }, seq)
  for (const time of times) record.number(seq, time, time, 1, time, false)
  return record
}

/** What a log says of its batches. */
async function batchesOf(log: RawLog): Promise<Batch[]> {
  const { events, sink } = recording()
  await log.replay(undefined, sink)
  const batches: { seq: number; times: number[] }[] = []
  for (const [name, first, time] of events) {
    if (name === 'record') {
      const { position } = first as { readonly position: { readonly seq: number } | null }
      batches.push({ seq: position?.seq ?? -1, times: [] })
    } else batches.at(-1)?.times.push(time as number)
  }
  return batches.filter(({ times }) => times.length > 0)
}

const batchesArbitrary = fc
  .array(fc.array(fc.nat({ max: 20 * minute }), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((lists) => lists.map((times, seq): Batch => ({ seq, times })))

/** What a cut leaves of a write: parts of its sectors, zeros or what lay there before. */
const powerCut: fc.Arbitrary<PowerCut> = fc.infiniteStream(fc.nat({ max: 9 })).map((stream) => {
  const next = (): number => stream.next().value as number
  return {
    sectorBytes: 1 + next() * 5,
    write: (bytes) => (next() < 5 ? bytes : next() < 5 ? bytes.subarray(0, next()) : undefined),
    grow: (zeros) => [undefined, zeros, zeros.subarray(0, next()), zeros.map(() => 255)][next() % 4],
    name: () => next() < 5,
  }
})

describe('the log of readings', () => {
  it('is killed or loses power at any operation: what was acknowledged is there once, in order, and stays through another power cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        batchesArbitrary,
        fc.nat(60),
        fc.nat(200),
        powerCut,
        fc.boolean(),
        async (batches, stop, stored, cut, isKill) => {
          const fileSystem = await emptyFolder()
          fileSystem.stopAt(stop, { stored })
          const acknowledged: Batch[] = []
          const write = async (): Promise<void> => {
            const log = await RawLog.open(optionsOn(fileSystem))
            for (const batch of batches) {
              await log.append(recordOf(batch))
              acknowledged.push(batch)
            }
            await log.close()
          }
          await untilStopped(fileSystem, stop, write)
          const after = isKill ? fileSystem.processKill() : fileSystem.powerCut(cut)
          const damages: LogDamage[] = []
          const log = await RawLog.open(optionsOn(after, (damage) => damages.push(damage)))
          const found = await batchesOf(log)
          expect(found.slice(0, acknowledged.length)).toEqual(acknowledged)
          const rest = batches.slice(acknowledged.length, acknowledged.length + 1)
          expect([[], rest]).toContainEqual(found.slice(acknowledged.length))
          expect(damages).toEqual([])
          expect(log.position?.seq).toBe(found.at(-1)?.seq)
          expect(log.completeFrom).toBe(-Infinity)
          const again = await RawLog.open(optionsOn(after.powerCut({})))
          expect(await batchesOf(again)).toEqual(found)
        },
      ),
    )
  })

  it('has every batch once, though writes, syncs, opens and removals fail, batches are written again, and the process is killed anywhere', async () => {
    const operation = fc.constantFrom('write' as const, 'sync' as const, 'open' as const, 'remove' as const)
    const fault = fc.record({
      operation,
      call: fc.integer({ min: 1, max: 12 }),
      stored: fc.nat(150),
      drops: fc.boolean(),
    })
    const kills = fc.uniqueArray(fc.nat(8), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(
        batchesArbitrary,
        fc.array(fault, { maxLength: 5 }),
        kills,
        async (batches, faults, killed) => {
          let fileSystem = await emptyFolder()
          let mends: (() => void)[] = []
          const plant = (): void => {
            mends = faults.map(({ operation: what, ...which }) => fileSystem.fail(what, 'EIO', which))
          }
          let log = await RawLog.open(optionsOn(fileSystem))
          plant()
          const record = new RecordWriter()
          for (const [index, batch] of batches.entries()) {
            if (killed.includes(index)) {
              fileSystem = fileSystem.processKill()
              log = await RawLog.open(optionsOn(fileSystem))
              plant()
            }
            // As the source of the batches does: those that the store has are not written again.
            for (let attempt = 0; (log.position?.seq ?? -1) < batch.seq; attempt += 1) {
              expect(attempt).toBeLessThan(20)
              await log.append(recordOf(batch, record)).catch(() => undefined)
            }
          }
          for (const mend of mends) mend()
          expect(await batchesOf(log)).toEqual(batches)
          const { events, sink } = recording()
          await log.scan(-Infinity, Infinity, sink)
          expect(events.filter(([name]) => name === 'number').length).toBe(
            batches.flatMap(({ times }) => times).length,
          )
          // Durable, all of it: nothing but what was synced survives this.
          const after = await RawLog.open(optionsOn(fileSystem.powerCut({})))
          expect(await batchesOf(after)).toEqual(batches)
        },
      ),
    )
  })

  it('loses one batch with any flipped byte, says so, and does not call its windows complete', async () => {
    await fc.assert(
      fc.asyncProperty(
        batchesArbitrary,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (batches, place, mask) => {
          const fileSystem = await emptyFolder()
          const writing = await RawLog.open(optionsOn(fileSystem))
          for (const batch of batches) await writing.append(recordOf(batch))
          await writing.close()
          const files = (await fileSystem.list('log')).map((name) => `log/${name}`)
          const path = files[place % files.length] ?? ''
          const bytes = fileSystem.contents(path)
          const at = (place >> 4) % bytes.length
          bytes[at] = (bytes[at] ?? 0) ^ mask
          const damages: LogDamage[] = []
          const log = await RawLog.open(optionsOn(fileSystem, (damage) => damages.push(damage)))
          const found = await batchesOf(log)
          const lost = batches.filter(({ seq }) => !found.some((one) => one.seq === seq))
          expect(found).toEqual(batches.filter((batch) => !lost.includes(batch)))
          expect(lost.length).toBeLessThanOrEqual(1)
          for (const { times } of lost) {
            expect(damages.length + log.tornBytes).toBeGreaterThan(0)
            if (damages.length > 0) expect(log.completeFrom).toBeGreaterThan(Math.max(...times))
          }
        },
      ),
    )
  })

  it('drops whole files by age and by bytes, none that memory is rebuilt from, and says from where it is complete then, also to the next process', async () => {
    await fc.assert(
      fc.asyncProperty(
        batchesArbitrary,
        fc.nat(8),
        fc.nat(10),
        fc.nat(1500),
        async (batches, keep, age, maxRawBytes) => {
          const fileSystem = await emptyFolder()
          const options = { ...optionsOn(fileSystem), maxRawBytes }
          const log = await RawLog.open(options)
          const places: LogPlace[] = []
          for (const batch of batches) places.push(await log.append(recordOf(batch)))
          const before = places[keep] ?? log.place
          const now = horizon + age
          await log.drop(before, now)
          const left = await batchesOf(log)
          const gone = batches.filter((batch) => !left.some(({ seq }) => seq === batch.seq))
          expect(left).toEqual(batches.slice(gone.length))
          const kept = places[gone.length] ?? before
          expect(kept.file).toBeLessThanOrEqual(before.file)
          // What is left must be, or is neither old nor beyond the bytes; where the file that is written began.
          if (kept.file < before.file && kept.file < log.place.file) {
            expect(log.bytes).toBeLessThanOrEqual(maxRawBytes + 200)
            expect(
              Math.max(
                ...left
                  .filter((_, index) => places[gone.length + index]?.file === kept.file)
                  .map(({ seq }) => seq),
              ),
            ).toBeGreaterThan(age)
          }
          const newest = Math.max(...gone.flatMap(({ times }) => times))
          const from = gone.length === 0 ? -Infinity : (Math.floor(newest / minute) + 1) * minute
          expect(log.completeFrom).toBe(from)
          const after = await RawLog.open({ ...options, fileSystem: fileSystem.powerCut({}) })
          expect(after.completeFrom).toBe(from)
          expect(await batchesOf(after)).toEqual(left)
        },
      ),
    )
  })
})
