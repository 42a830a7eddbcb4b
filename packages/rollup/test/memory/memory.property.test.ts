import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createMemory } from '../../src/memory/memory.ts'
import type { WindowRules } from '../../src/memory/window-readings.ts'
import { columnsOf } from '../../src/rows/row-columns.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import { anyRun, periodMs } from './any-run.ts'
import { windowKey } from './model-store.ts'
import { Run, seriesOf } from './run.ts'

const anyRules: fc.Arbitrary<WindowRules> = fc.record({
  sameTime: fc.constantFrom('largest', 'smallest', 'furthest'),
  counterWrap: fc.constantFrom('none', '32', '64'),
  timeAverage: fc.boolean(),
})

describe('memory', () => {
  it('says of every window what the set of its readings says, whatever came when, was flushed, lost or read again', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, anyRules, async (steps, rules) => {
        const run = new Run(rules)
        await run.play(steps)
        await run.judge()
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

  it.each([
    [
      'reads the log again from the flush on, and not from the windows that it left open',
      { fromFlush: true },
    ],
    ['counts readings of closed windows again that were read again', { forgetClosedTo: true }],
    ['takes for complete what the log has lost', { trustLog: true }],
  ] as const)('is caught when it %s', async (_, mistake) => {
    const found = await fc.check(
      fc.asyncProperty(anyRun, anyRules, async (steps, rules) => {
        const run = new Run(rules, mistake)
        await run.play(steps)
        await run.judge()
      }),
      { numRuns: 2000, endOnFailure: true },
    )
    expect(found.failed).toBe(true)
  })

  it('needs the log for nothing that comes in order', () => {
    const memory = createMemory({ periodMs, sameTime: 'largest', counterWrap: 'none' })
    memory.record({ place: { file: 1, offset: 0 }, position: null, arrival: 0 })
    for (let time = 0; time < 1000; time += 1) memory.number(time % 3, time, time / 4, 1, time / 4, false)
    expect(memory.pending).toBe(0)
    expect(memory.counters.late).toBe(0)
  })
})
