import { describe, expect, it } from 'vitest'

import type { RollupMemory } from '../../src/memory/memory-face.ts'
import { createMemory } from '../../src/memory/memory.ts'
import { exactWindow, type LoggedReading } from './exact-window.ts'
import { emptyTables, FakeLog, give } from './model-store.ts'

const minute = 60_000
const rules = { sameTime: 'largest', counterWrap: 'none' } as const
const options = { periodMs: minute, ...rules }

const gauge = (time: number, value: number): LoggedReading => ({
  kind: 'numeric',
  series: 0,
  time,
  value,
  weight: 1,
  total: undefined,
  event: false,
})

function feed(memory: RollupMemory, log: FakeLog, readings: readonly LoggedReading[]): void {
  const { place } = log.append(readings)
  memory.record({ place, position: null, arrival: 0 })
  for (const one of readings) give(memory, one)
}

/** What the log had of the first minute is gone. */
function forget(log: FakeLog): void {
  log.records = []
  log.completeFrom = minute
}

const unhurried = (): Promise<void> => Promise.resolve()

/** The first minute, with what is stored of it. */
function firstMinute(memory: RollupMemory, stored?: readonly LoggedReading[]): unknown {
  const tables = emptyTables()
  const patches = memory.rowsOf(0, 0, minute, tables)
  const rows = Array.from({ length: tables.numeric.length }, (_, row) => tables.numeric.rollup(row))
  const patched = patches.map((patch) => patch.mergeWith(stored && exactWindow(stored, rules)))
  return [...rows, ...patched]
}

const early = [gauge(1000, 1), gauge(2000, 0.1)]
const late = gauge(500, 7)

describe('a window that comes late again while a flush has it', () => {
  it('is what the flush wrote as a row, and what came since', async () => {
    const [memory, log] = [createMemory(options), new FakeLog()]
    feed(memory, log, [...early, gauge(70_000, 3)])
    await memory.freeze(minute, log.end).prepare(log, unhurried)
    forget(log)
    feed(memory, log, [late])
    await memory.settle(log)
    expect(firstMinute(memory)).toEqual([exactWindow([...early, late], rules)])
    expect(firstMinute(memory)).not.toEqual([exactWindow(early, rules)])
    memory.release()
    expect(firstMinute(memory, early)).toEqual([exactWindow([...early, late], rules)])
  })

  it('is what the flush took from the log, and what came since', async () => {
    const [memory, log] = [createMemory(options), new FakeLog()]
    const first = [...early, gauge(1500, 1 / 3)]
    feed(memory, log, [...first, gauge(70_000, 3)])
    expect(memory.pending).toBe(1)
    await memory.freeze(minute, log.end).prepare(log, unhurried)
    forget(log)
    feed(memory, log, [late])
    await memory.settle(log)
    expect(firstMinute(memory)).toEqual([exactWindow([...first, late], rules)])
  })

  it('is what is stored, what the flush adds to it, and what came since', async () => {
    const log = new FakeLog()
    const memory = createMemory({ ...options, resume: { closedTo: minute, flushedTo: log.end } })
    forget(log)
    feed(memory, log, [late, gauge(70_000, 3)])
    const frozen = memory.freeze(minute, log.end)
    await frozen.prepare(log, unhurried)
    expect(frozen.patches).toHaveLength(1)
    const again = gauge(58_000, 9)
    feed(memory, log, [again])
    await memory.settle(log)
    const all = [...early, late, again]
    expect(firstMinute(memory, early)).toEqual([exactWindow(all, rules)])
    // Of nothing that is stored they are a window too.
    expect(firstMinute(memory)).toEqual([exactWindow([late, again], rules)])
    const [patch] = frozen.patches
    frozen.resolve(patch!, exactWindow(early, rules), true)
    expect(firstMinute(memory)).toEqual([exactWindow(all, rules)])
  })
})
