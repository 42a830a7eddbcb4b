import fc from 'fast-check'
import { expect, it } from 'vitest'

import { SparseColumn } from '../../../src/engine/tables/sparse-column.ts'

const lines = 40
const usual = -Infinity
const steps = fc.array(
  fc.oneof(
    fc.record({ line: fc.nat(lines - 1), value: fc.constantFrom(usual, 0, 1, 2) }),
    fc.record({ line: fc.nat(lines - 1), count: fc.nat(10) }),
  ),
  { maxLength: 60 },
)

it('a sparse column has what a dense one has, and so has one of what a snapshot took', () => {
  fc.assert(
    fc.property(steps, (several) => {
      const column = new SparseColumn(usual)
      const dense = Array.from({ length: lines + 10 }, () => usual)
      for (const step of several) {
        if ('value' in step) {
          column.set(step.line, step.value)
          dense[step.line] = step.value
        } else {
          column.clear(step.line, step.count)
          dense.fill(usual, step.line, step.line + step.count)
        }
      }
      const again = new SparseColumn(usual)
      again.load(column.save())
      expect(dense.map((_, line) => column.get(line))).toEqual(dense)
      expect(dense.map((_, line) => again.get(line))).toEqual(dense)
    }),
  )
})
