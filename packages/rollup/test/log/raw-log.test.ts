import { memoryFileSystem } from '@tocsin/core/testing'
import { describe, expect, it } from 'vitest'

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
})
