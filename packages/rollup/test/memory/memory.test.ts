import { describe, expect, it } from 'vitest'

import type { NumericRollup } from '../../src/engine/rollups.ts'
import { createMemory } from '../../src/memory/memory.ts'
import type { RollupMemory } from '../../src/memory/memory-face.ts'
import type { LoggedReading } from './exact-window.ts'
import { emptyTables, FakeLog, give, ModelStore, windowKey } from './model-store.ts'

const minute = 60_000
const rules = { periodMs: minute, sameTime: 'largest', counterWrap: 'none' } as const

const gauge = (time: number, value: number, series = 0): LoggedReading => ({
  kind: 'numeric',
  series,
  time,
  value,
  weight: 1,
  total: undefined,
  event: false,
})
const counter = (time: number, value: number): LoggedReading => ({
  kind: 'counter',
  series: 0,
  time,
  value,
  exact: undefined,
})
const text = (time: number, value: string): LoggedReading => ({
  kind: 'text',
  series: 0,
  time,
  value,
  event: false,
})

function feed(memory: RollupMemory, log: FakeLog, readings: readonly LoggedReading[]): void {
  const { place } = log.append(readings)
  memory.record({ place, position: null, arrival: 0 })
  for (const one of readings) give(memory, one)
}

const counts = (windows: ReadonlyMap<number, { readonly count: number }>): unknown =>
  Object.fromEntries(
    [...windows].sort(([a], [b]) => a - b).map(([start, { count }]) => [start / minute, count]),
  )

describe('memory', () => {
  it('asks the log for one window of a series that leaps ahead and comes back', async () => {
    const store = new ModelStore(rules)
    store.write([gauge(0, 1)])
    store.write([gauge(5 * minute, 9)])
    for (let second = 1; second < 180; second += 1) store.write([gauge(second * 1000, second)])
    store.write([gauge(5 * minute + 1, 9)])
    // The leap closed it; those behind had nothing yet.
    expect(store.memory.pending).toBe(1)
    expect(counts(await store.read(0))).toEqual({ 0: 60, 1: 60, 2: 60, 5: 2 })
  })

  it('asks the log once for all windows that are pending', async () => {
    const store = new ModelStore(rules)
    for (let series = 0; series < 50; series += 1) store.write([gauge(20, 1, series), gauge(10, 1, series)])
    expect(store.memory.pending).toBe(50)
    await store.memory.settle(store.log)
    expect(store.memory.pending).toBe(0)
    expect(store.log.scans).toBe(1)
  })

  it('asks the log for no more than is wanted', async () => {
    const store = new ModelStore(rules)
    for (const series of [1, 2]) store.write([gauge(20, 1, series), gauge(10, 1, series)])
    await store.memory.settle(store.log, (series) => series === 2)
    expect(store.memory.pending).toBe(1)
    expect(counts(store.readNow(2))).toEqual({ 0: 2 })
    // As it was before the late reading.
    expect(counts(store.readNow(1))).toEqual({ 0: 1 })
  })

  it('counts a sample that comes twice in a row once, without asking the log', async () => {
    const store = new ModelStore(rules)
    store.write([gauge(10, 1.5), gauge(10, 1.5), gauge(20, 2), gauge(20, 2)])
    store.write([
      { ...counter(10, 7), series: 1 },
      { ...counter(10, 7), series: 1 },
    ])
    expect(store.memory.pending).toBe(0)
    expect(store.memory.counters).toMatchObject({ duplicates: 3, late: 0 })
    expect(counts(await store.read(0))).toEqual({ 0: 2 })
  })

  it('counts a falling counter from the reading that came late, and not around it', async () => {
    const store = new ModelStore(rules)
    store.write([counter(0, 100), counter(40_000, 5)])
    await store.flush(Infinity)
    store.write([counter(20_000, 120)])
    expect((await store.read(0)).get(0)).toMatchObject({
      growth: 20,
      afterResets: 5,
      resets: 1,
      inexact: false,
    })
  })

  it('gives a window the kind of its earliest reading, and counts what it leaves out', async () => {
    const store = new ModelStore(rules)
    store.write([gauge(20, 1), counter(30, 2), text(40, 'x')])
    expect(store.memory.counters.kindChanged).toBe(2)
    expect((await store.read(0)).get(0)).toMatchObject({ kind: 'numeric', count: 1 })
    store.write([text(10, 'earlier')])
    expect((await store.read(0)).get(0)).toMatchObject({ kind: 'text', count: 2 })
  })

  it('merges what comes when the log has lost the window, and says where that is not exact', async () => {
    const store = new ModelStore(rules)
    store.write([gauge(10_000, 1), gauge(20_000, 2)])
    store.write([gauge(minute, 3)])
    await store.flush(Infinity)
    store.drop(2)
    store.write([gauge(5_000, 4)])
    await store.flush(Infinity)
    expect(store.memory.counters).toMatchObject({ merged: 1, inexact: 0 })
    expect(store.stored.get(windowKey(0, 0))).toMatchObject({ count: 3, sum: 7, max: 4, inexact: false })
    store.write([gauge(15_000, 5)])
    await store.flush(Infinity)
    expect(store.memory.counters).toMatchObject({ merged: 2, inexact: 1 })
    expect(store.stored.get(windowKey(0, 0))).toMatchObject({ count: 4, sum: 12, inexact: true })
  })

  it('asks again for what it did not get, and has lost nothing', async () => {
    const store = new ModelStore(rules)
    store.write([gauge(20, 1), gauge(10, 1)])
    store.log.failures = 1
    await expect(store.memory.settle(store.log)).rejects.toThrow('the disk failed')
    expect(store.memory.pending).toBe(1)
    store.write([gauge(15, 1)])
    expect(counts(await store.read(0))).toEqual({ 0: 3 })
  })

  it('flags a window of which a scan finds less than there was', async () => {
    const store = new ModelStore(rules)
    store.write([gauge(20, 1)])
    store.write([gauge(10, 1)])
    store.log.between = () => {
      store.log.completeFrom = Infinity
    }
    expect((await store.read(0)).get(0)).toMatchObject({ inexact: true })
  })

  it('leaves windows open that a flush does not close, and says from where on the log is needed', () => {
    const [memory, log] = [createMemory(rules), new FakeLog()]
    feed(memory, log, [gauge(0, 1)])
    feed(memory, log, [gauge(minute, 1, 1)])
    feed(memory, log, [gauge(30_000, 1), gauge(minute, 1)])
    const frozen = memory.freeze(minute, log.end)
    expect(frozen).toMatchObject({
      closedTo: minute,
      newest: minute,
      replayFrom: { file: 2 },
      flushedTo: { file: 4 },
    })
  })

  it('closes nothing behind the newest reading, whatever it is told to close', () => {
    const [memory, log] = [createMemory(rules), new FakeLog()]
    feed(memory, log, [gauge(minute + 1, 1)])
    expect(memory.freeze(Infinity, log.end).closedTo).toBe(2 * minute)
  })

  it('begins no flush before the last one is released, and releases none that is not prepared', async () => {
    const [memory, log] = [createMemory(rules), new FakeLog()]
    feed(memory, log, [gauge(0, 1)])
    const frozen = memory.freeze(Infinity, log.end)
    expect(() => memory.freeze(Infinity, log.end)).toThrow('a flush is running')
    expect(() => memory.release()).toThrow('prepare the flush')
    await frozen.prepare(log, () => Promise.resolve())
    memory.release()
    expect(() => memory.freeze(Infinity, log.end)).not.toThrow()
  })

  it('closes the windows of many series in steps', async () => {
    const [memory, log] = [createMemory(rules), new FakeLog()]
    feed(
      memory,
      log,
      Array.from({ length: 5000 }, (_, series) => gauge(0, series, series)),
    )
    const frozen = memory.freeze(Infinity, log.end)
    let pauses = 0
    await frozen.prepare(log, () => {
      pauses += 1
      return Promise.resolve()
    })
    expect(pauses).toBe(Math.floor(5000 / 256))
    const lengths = Array.from(frozen.rows('numeric', 1000), ({ length }) => length)
    expect(lengths).toEqual([1000, 1000, 1000, 1000, 1000])
  })

  it('uses the room of windows that were flushed again, without a trace of them', async () => {
    const [memory, log] = [createMemory(rules), new FakeLog()]
    const flushed: unknown[] = []
    for (const round of [0, 1, 2]) {
      const at = (step: number): number => (3 * round + step) * minute
      const samples = Array.from({ length: 1100 }, (_, series) => gauge(at(0), round + series / 8, series))
      // Outside of the columns: nothing of them may stay behind in the rows of the next round.
      if (round === 1) samples[7] = gauge(at(0), 1 / 3, 7)
      feed(memory, log, [...samples, gauge(at(2), 1, 5000)])
      const frozen = memory.freeze(at(1), log.end)
      await frozen.prepare(log, () => Promise.resolve())
      for (const table of frozen.rows('numeric', 1000)) {
        for (let row = 0; row < table.length; row += 1) {
          const rollup = table.rollup(row)
          if (table.series[row] !== 5000) flushed.push([table.series[row], table.start[row], rollup.last])
        }
      }
      memory.release()
    }
    const expected = [0, 1, 2].flatMap((round) =>
      Array.from({ length: 1100 }, (_, series) => {
        const value = round === 1 && series === 7 ? 1 / 3 : round + series / 8
        return [series, 3 * round * minute, { time: 3 * round * minute, value }]
      }),
    )
    expect(flushed).toEqual(expected)
  })

  it('refuses a log that does not say which record its readings are in', async () => {
    const [memory, log] = [createMemory(rules), new FakeLog()]
    feed(memory, log, [gauge(20, 1), gauge(10, 1)])
    const mute = {
      completeFrom: -Infinity,
      scan: (_from: number, _to: number, sink: Parameters<FakeLog['scan']>[2]) => {
        give(sink, gauge(10, 1))
        return Promise.resolve()
      },
    }
    await expect(memory.settle(mute)).rejects.toThrow('without the record')
  })

  it('sums what no column holds as exactly', async () => {
    const store = new ModelStore(rules)
    store.write([gauge(0, 0.1), gauge(1, 1 / 3), gauge(2, 2 ** 53 - 1), gauge(3, 0.2)])
    const { exact } = (await store.read(0)).get(0) as NumericRollup
    expect(exact).toMatchObject({ decimals: 1, sum: [90_071_992_547_409_920, -7], doubles: { sum: [1 / 3] } })
  })

  it('adds up what the sender of a delta said, in any order', async () => {
    const deltas = [0.9, 1, 3.7].map((total, at): LoggedReading => {
      return { kind: 'numeric', series: 0, time: 10 - at, value: total / 3, weight: 3, total, event: true }
    })
    const store = new ModelStore(rules)
    store.write([...deltas, ...deltas])
    expect(store.memory.pending).toBe(0)
    expect((await store.read(0)).get(0)).toMatchObject({ count: 18, sum: 11.2, inexact: false })
  })

  it('asks for no memory that grows with what comes late for one window', () => {
    const [memory, log] = [
      createMemory({ ...rules, resume: { closedTo: minute, flushedTo: log0 } }),
      new FakeLog(),
    ]
    for (let round = 0; round < 1000; round += 1) feed(memory, log, [gauge(1000, round)])
    expect(memory.pending).toBe(1)
    expect(memory.bytes).toBeLessThan(1000)
    expect(memory.rowsOf(0, 0, minute, emptyTables())).toEqual([])
  })
})

const log0 = { file: 0, offset: 0 }
