import { scanRecords } from '@tocsin/core/record-log'
import { memoryFileSystem, type MemoryFileSystem } from '@tocsin/core/testing'
import { describe, expect, it } from 'vitest'

import type { LogDamage } from '../../src/log/log-file.ts'
import { RawLog, type RawLogOptions } from '../../src/log/raw-log.ts'
import { RecordWriter } from '../../src/log/record-writer.ts'
import { recording } from '../support/recording-sink.ts'

const position = (seq: number): { journalId: string; seq: number } => ({ journalId: 'j', seq })

const optionsOn = (fileSystem = memoryFileSystem()): RawLogOptions => ({
  fileSystem,
  directory: 'log',
  basePeriodMs: 60_000,
  rawHorizonMs: 3_600_000,
  maxRawBytes: 1 << 30,
})

/** A record of one reading. */
function gauge(seq: number): RecordWriter {
  const record = new RecordWriter()
  record.begin(position(seq), seq)
  record.number(0, seq, seq, 1, seq, false)
  return record
}

/** Which of them a log has. */
async function seqsOf(log: RawLog): Promise<unknown[]> {
  const { events, sink } = recording()
  await log.scan(-Infinity, Infinity, sink)
  return events.flatMap(([name, , time]) => (name === 'number' ? [time] : []))
}

/** Records that can be read in a file, whether they count or not. */
async function recordsIn(fileSystem: MemoryFileSystem, file: number): Promise<number> {
  const { next } = await scanRecords({ fileSystem, path: `log/log-${file}.log`, id: file }, () => undefined)
  return next
}

describe('the log of readings', () => {
  it('gives back every reading as it was, with names and positions, from a place on', async () => {
    const options = optionsOn()
    await options.fileSystem.makeDirectory('log')
    const log = await RawLog.open(options)
    const record = new RecordWriter()
    record.begin(position(3), 1000)
    record.name(7, 'load|ST[host:ä]')
    record.number(7, 60_001, 0.1, 1, 0.1, false)
    record.number(7, 60_002, 2, 10, 20, true)
    record.number(7, 60_003, 1 / 3, 3, 1, true)
    record.counter(8, 60_004, 2 ** 60, '1152921504606846977')
    record.counter(8, 60_005, 5, undefined)
    record.text(9, 60_006, 'up', false)
    record.text(9, 60_007, 'set', true)
    const first = await log.append(record)
    record.begin(null, 2000)
    record.number(7, 120_000, -0.5, 1, -0.5, false)
    const second = await log.append(record)
    await log.close()
    const again = await RawLog.open(options)
    expect(again.position).toEqual(position(3))
    const all = recording()
    await again.replay(undefined, all.sink)
    expect(all.events).toEqual([
      ['record', { place: first, position: position(3), arrival: 1000 }],
      ['name', 7, 'load|ST[host:ä]'],
      ['number', 7, 60_001, 0.1, 1, 0.1, false],
      ['number', 7, 60_002, 2, 10, 20, true],
      ['number', 7, 60_003, 1 / 3, 3, 1, true],
      ['counter', 8, 60_004, 2 ** 60, '1152921504606846977'],
      ['counter', 8, 60_005, 5, undefined],
      ['text', 9, 60_006, 'up', false],
      ['text', 9, 60_007, 'set', true],
      ['record', { place: second, position: null, arrival: 2000 }],
      ['number', 7, 120_000, -0.5, 1, -0.5, false],
      ['record', { place: expect.anything(), position: position(3), arrival: 2000 }],
    ])
    const later = recording()
    await again.replay(second, later.sink)
    expect(later.events).toEqual(all.events.slice(9))
    const window = recording()
    await again.scan(60_003, 60_005, window.sink)
    expect(window.events).toEqual([all.events[0], ...all.events.slice(4, 6)])
  })

  it('leaves the file whose sync failed, and counts what is written again once, though it stands there twice', async () => {
    const fileSystem = memoryFileSystem()
    const options = optionsOn(fileSystem)
    await fileSystem.makeDirectory('log')
    const log = await RawLog.open(options)
    await log.append(gauge(1))
    const mend = fileSystem.fail('sync', 'EIO', { drops: true })
    await expect(log.append(gauge(2))).rejects.toMatchObject({ code: 'EIO' })
    mend()
    expect(log.position).toEqual(position(1))
    expect(await log.append(gauge(2))).toEqual({ file: 2, offset: 0 })
    for (const each of [log, await RawLog.open(options)]) expect(await seqsOf(each)).toEqual([1, 2])
    // The record of the failed append is whole in the file that was left, and would count without what the next file says.
    expect(await recordsIn(fileSystem, 1)).toBe(2)
    await fileSystem.remove('log/log-2.log')
    expect(await seqsOf(await RawLog.open(options))).toEqual([1, 2])
  })

  it('makes the last record of a process that was killed durable before it relies on it, though no sync of its file would', async () => {
    const fileSystem = memoryFileSystem()
    await fileSystem.makeDirectory('log')
    await fileSystem.syncDirectory('.')
    const log = await RawLog.open(optionsOn(fileSystem))
    await log.append(gauge(1))
    fileSystem.fail('sync', 'EIO', { drops: true })
    await expect(log.append(gauge(2))).rejects.toMatchObject({ code: 'EIO' })
    const killed = fileSystem.processKill()
    // Nothing else keeps it.
    expect(await recordsIn(killed.powerCut({}), 1)).toBe(1)
    const next = await RawLog.open(optionsOn(killed))
    expect(await seqsOf(next)).toEqual([1, 2])
    expect(await seqsOf(await RawLog.open(optionsOn(killed.powerCut({}))))).toEqual([1, 2])
  })

  it('opens on a disk that takes nothing, and makes the last record durable with the next append', async () => {
    const fileSystem = memoryFileSystem()
    await fileSystem.makeDirectory('log')
    const log = await RawLog.open(optionsOn(fileSystem))
    await log.append(gauge(1))
    await log.append(gauge(2))
    const killed = fileSystem.processKill()
    killed.setCapacity(killed.contents('log/log-1.log').length)
    const next = await RawLog.open(optionsOn(killed))
    expect(await seqsOf(next)).toEqual([1, 2])
    await expect(next.append(gauge(3))).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await killed.list('log')).toEqual(['log-1.log'])
    killed.setCapacity(Infinity)
    await next.append(gauge(3))
    expect(await seqsOf(next)).toEqual([1, 2, 3])
    expect(await seqsOf(await RawLog.open(optionsOn(killed)))).toEqual([1, 2, 3])
  })

  it('never uses the number of a file again, though all of them are gone', async () => {
    const fileSystem = memoryFileSystem()
    await fileSystem.makeDirectory('log')
    const log = await RawLog.open({ ...optionsOn(fileSystem), leastFile: 17 })
    expect(log.place).toEqual({ file: 17, offset: 0 })
    expect(await log.append(gauge(1))).toEqual({ file: 17, offset: 0 })
  })

  it('tells that files are missing, and then calls no window complete that may have readings in them', async () => {
    const fileSystem = memoryFileSystem()
    await fileSystem.makeDirectory('log')
    const log = await RawLog.open({ ...optionsOn(fileSystem), rotateBytes: 1 })
    for (let seq = 1; seq <= 3; seq += 1) await log.append(gauge(seq))
    await log.close()
    await fileSystem.remove('log/log-2.log')
    const damages: LogDamage[] = []
    const damaged = (damage: LogDamage): void => void damages.push(damage)
    const again = await RawLog.open({ ...optionsOn(fileSystem), damaged })
    expect(damages).toEqual([{ file: 'log-2.log', from: 0, to: 0, records: 0 }])
    expect(await seqsOf(again)).toEqual([1, 3])
    expect(again.completeFrom).toBe(60_000)
  })

  it('lets others run while much is read', async () => {
    const fileSystem = memoryFileSystem()
    await fileSystem.makeDirectory('log')
    const log = await RawLog.open(optionsOn(fileSystem))
    const record = new RecordWriter()
    record.begin(position(1), 1)
    for (let at = 0; at < 100_000; at += 1) record.number(at, at, at, 1, at, false)
    await log.append(record)
    let turns = 0
    let isDone = false
    const count = (): void => {
      turns += 1
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    let readings = 0
    const { sink } = recording()
    await log.scan(0, Infinity, { ...sink, number: () => (readings += 1) })
    isDone = true
    expect(readings).toBe(100_000)
    expect(turns).toBeGreaterThan(0)
  })
})
