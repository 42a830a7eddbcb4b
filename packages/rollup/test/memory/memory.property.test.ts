import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Rollup } from '../../src/engine/rollups.ts'
import { createMemory } from '../../src/memory/memory.ts'
import type { WindowRules } from '../../src/memory/window-readings.ts'
import { columnsOf } from '../../src/rows/row-columns.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import { anyRun, periodMs, type Step } from './any-run.ts'
import { exactWindow, type LoggedReading } from './exact-window.ts'
import { ModelStore, windowKey } from './model-store.ts'

const anyRules: fc.Arbitrary<WindowRules> = fc.record({
  sameTime: fc.constantFrom('largest', 'smallest', 'furthest'),
  counterWrap: fc.constantFrom('none', '32', '64'),
})

const startOf = (time: number): number => Math.floor(time / periodMs) * periodMs

/** A run, and which windows the log did not have any more when something late came for them. */
class Run {
  readonly store: ModelStore
  readonly byWindow = new Map<string, LoggedReading[]>()
  /** Windows that had a reading while the log had lost others of them. */
  readonly patched = new Set<string>()
  readonly #rules: WindowRules

  constructor(rules: WindowRules) {
    this.#rules = rules
    this.store = new ModelStore({ periodMs, ...rules })
  }

  async play(steps: readonly Step[], check: () => void = () => undefined): Promise<void> {
    for (const step of steps) {
      await this.#take(step)
      check()
    }
  }

  write(readings: readonly LoggedReading[]): void {
    for (const one of readings) {
      const key = windowKey(one.series, startOf(one.time))
      const known = this.byWindow.get(key)
      if (known === undefined) this.byWindow.set(key, [one])
      else known.push(one)
      if (startOf(one.time) < this.store.log.completeFrom) this.patched.add(key)
    }
    this.store.write(readings)
  }

  expected(key: string): Rollup {
    return exactWindow(this.byWindow.get(key) ?? [], this.#rules)
  }

  async #take(step: Step): Promise<void> {
    const { store } = this
    switch (step.type) {
      case 'write':
        this.write(step.readings)
        break
      case 'settle': {
        const waiting = [...step.during]
        store.log.between = () => this.write(waiting.shift() ?? [])
        await store.memory.settle(store.log).catch(() => undefined)
        store.log.between = () => undefined
        for (const one of waiting) this.write(one)
        break
      }
      case 'flush': {
        const waiting = [...step.during]
        await store.flush(step.closeTo, () => this.write(waiting.shift() ?? [])).catch(() => undefined)
        store.log.between = () => undefined
        for (const one of waiting) this.write(one)
        break
      }
      case 'restart':
        store.restart()
        break
      case 'fail':
        store.log.failures = 1
        break
      case 'drop':
        this.#drop(step.records)
        break
    }
  }

  #drop(records: number): void {
    const { log } = this.store
    this.store.drop(records)
    // Readings that came late and were not flushed yet.
    for (const { readings } of log.records) {
      for (const { series, time } of readings) {
        if (startOf(time) < log.completeFrom) this.patched.add(windowKey(series, startOf(time)))
      }
    }
  }
}

const seriesOf = (run: Run): number[] => [
  ...new Set([...run.byWindow.keys()].map((key) => Number(key.split('@')[0]))),
]

describe('memory', () => {
  it('says of every window what the set of its readings says, whatever came when, was flushed, lost or read again', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, anyRules, async (steps, rules) => {
        const run = new Run(rules)
        await run.play(steps)
        run.store.log.failures = 0
        for (const again of [false, true]) {
          for (const series of seriesOf(run)) {
            const windows = await run.store.read(series)
            for (const [key] of run.byWindow) {
              if (!key.startsWith(`${series}@`)) continue
              const rollup = windows.get(Number(key.split('@')[1]))
              if (run.patched.has(key) && rollup?.inexact === true) continue
              expect(rollup, key).toEqual(run.expected(key))
            }
          }
          if (again) break
          await run.store.flush(Infinity)
          expect(run.store.memory.pending).toBe(0)
        }
      }),
    )
  })

  it('writes rows that hold, column by column, what the rollup of the window would', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, anyRules, async (steps, rules) => {
        const run = new Run(rules)
        await run.play(steps.filter(({ type }) => type === 'write'))
        let rows = 0
        run.store.written = (table, row) => {
          rows += 1
          const [series, start] = [table.series[row]!, table.start[row]!]
          const whole = new RowTable(table.kind)
          whole.push(series, start, run.expected(windowKey(series, start)))
          const columns = (from: RowTable, at: number): unknown =>
            Object.fromEntries(columnsOf(from.kind).map((name) => [name, from[name][at]]))
          expect(columns(table, row)).toEqual(columns(whole, 0))
        }
        await run.store.flush(Infinity)
        expect(rows).toBe(run.byWindow.size)
      }),
    )
  })

  it('never hides a window between a reading that comes late and the log that is asked', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, anyRules, async (steps, rules) => {
        const run = new Run(rules)
        await run.play(steps, () => {
          for (const series of seriesOf(run)) {
            const windows = run.store.readNow(series)
            for (const [key] of run.byWindow) {
              const [number, start] = key.split('@').map(Number)
              // What comes late for a window of which nothing is known may not be there yet.
              if (number !== series || run.store.memory.pending > 0) continue
              expect(windows.has(start!), key).toBe(true)
            }
          }
        })
      }),
    )
  })

  it('needs the log for nothing that comes in order', () => {
    const memory = createMemory({ periodMs, sameTime: 'largest', counterWrap: 'none' })
    memory.record({ place: { file: 1, offset: 0 }, position: null, arrival: 0 })
    for (let time = 0; time < 1000; time += 1) memory.number(time % 3, time, time / 4, 1, time / 4, false)
    expect(memory.pending).toBe(0)
    expect(memory.counters.late).toBe(0)
  })
})
