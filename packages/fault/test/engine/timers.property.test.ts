import fc from 'fast-check'
import { expect, it } from 'vitest'

import { Timers } from '../../src/engine/state/timers.ts'

const rows = 20

/** Rows are put off, called earlier and forgotten, and time goes on. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('due' as const),
      row: fc.nat(rows - 1),
      inMs: fc.integer({ min: -500, max: 5000 }),
    }),
    fc.record({ kind: fc.constant('never' as const), row: fc.nat(rows - 1) }),
    fc.record({
      kind: fc.constant('look' as const),
      afterMs: fc.integer({ min: 0, max: 3000 }),
      looks: fc.constantFrom(1, 3, 1000),
    }),
  ),
  { maxLength: 200 },
)

it('give each row when it is really due, in order of time and then of number, though many were put off', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const timers = new Timers()
      const due = new Map<number, number>()
      const dueOf = (row: number): number => due.get(row) ?? Infinity
      let now = 0
      for (const step of all) {
        if (step.kind === 'due') {
          const at = now + step.inMs
          // Only what is due earlier is told to the timers: what is put off they find out.
          if (at < dueOf(step.row)) timers.plan(step.row, at)
          due.set(step.row, at)
        } else if (step.kind === 'never') {
          timers.cancel(step.row)
          due.delete(step.row)
        } else {
          now += step.afterMs
          const expected = [...due]
            .filter(([, at]) => at <= now)
            .sort(([rowA, a], [rowB, b]) => a - b || rowA - rowB)
            .map(([row]) => row)
          const given: number[] = []
          for (let calls = 0; calls < 1000; calls += 1) {
            const row = timers.take(now, dueOf, { left: step.looks })
            if (row >= 0) {
              given.push(row)
              due.delete(row)
            } else if (timers.next() > now) break
          }
          expect(given).toEqual(expected)
        }
        expect(timers.next()).toBeLessThanOrEqual(Math.min(Infinity, ...due.values()))
      }
    }),
  )
})
