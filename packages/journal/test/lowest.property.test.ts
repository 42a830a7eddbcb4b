import fc from 'fast-check'
import { expect, it } from 'vitest'

import { Lowest } from '../src/cursors/lowest.ts'

const step = fc.oneof(
  fc.record({ kind: fc.constant('forward' as const), who: fc.nat(9), by: fc.nat(5) }),
  fc.record({ kind: fc.constant('put' as const), who: fc.nat(9), at: fc.nat(20) }),
  fc.record({ kind: fc.constant('remove' as const), who: fc.nat(9) }),
)

it('is the lowest of all, whatever goes forward untold, comes and goes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const all = new Map<number, { seq: number }>()
      const lowest = new Lowest(
        () => all.values(),
        ({ seq }) => seq,
      )
      for (const { kind, who, ...rest } of steps) {
        const present = all.get(who)
        if (kind === 'forward') {
          if (present !== undefined && 'by' in rest) present.seq += rest.by
        } else {
          if (kind === 'put' && 'at' in rest) {
            all.set(who, { seq: rest.at })
            lowest.forget()
          } else if (present !== undefined) {
            all.delete(who)
            lowest.leave(present)
          }
        }
        const seqs = [...all.values()].map(({ seq }) => seq)
        expect(lowest.value).toBe(seqs.length === 0 ? undefined : Math.min(...seqs))
      }
    }),
  )
})

it('is looked for once a round where all go forward together, in whatever order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...Array(50).keys()], { minLength: 50 }), (order) => {
      const all = Array.from({ length: 50 }, () => ({ seq: 0 }))
      let looks = 0
      const lowest = new Lowest(
        () => {
          looks += 1
          return all
        },
        ({ seq }) => seq,
      )
      for (let round = 1; round <= 10; round += 1) {
        for (const who of order) {
          const one = all[who]
          if (one !== undefined) one.seq = round
          expect(lowest.value).toBeGreaterThanOrEqual(round - 1)
        }
        expect(lowest.value).toBe(round)
      }
      expect(looks).toBeLessThanOrEqual(11)
    }),
    { numRuns: 20 },
  )
})

it('is looked for anew only when the last that stood there is gone', () => {
  const all = new Set([1, 1, 2, 3, 3].map((seq) => ({ seq })))
  let looks = 0
  const lowest = new Lowest(
    () => {
      looks += 1
      return all
    },
    ({ seq }) => seq,
  )
  const told = [...all].map((one) => {
    const before = lowest.value
    all.delete(one)
    lowest.leave(one)
    return [before, looks]
  })
  expect(told).toEqual([
    [1, 1],
    [1, 1],
    [2, 2],
    [3, 3],
    [3, 3],
  ])
  expect(lowest.value).toBeUndefined()
})
