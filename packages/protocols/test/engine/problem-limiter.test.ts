import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createProblemLimiter } from '../../src/engine/problem-limiter.ts'

describe('the problem limiter', () => {
  it('lets the first ones of a second through and tells how many it held back', () => {
    const limiter = createProblemLimiter(2)
    const shown = [0, 1, 2, 3, 999, 1000, 1001].map((time) => limiter.admit('x', time))
    expect(shown).toEqual([0, 0, undefined, undefined, undefined, 3, 0])
  })

  it('counts each reason on its own', () => {
    const limiter = createProblemLimiter(1)
    expect([limiter.admit('x', 0), limiter.admit('y', 0), limiter.admit('x', 0)]).toEqual([0, 0, undefined])
  })

  it('goes on when the clock is set back', () => {
    const limiter = createProblemLimiter(1)
    expect([limiter.admit('x', 5000), limiter.admit('x', 100)]).toEqual([0, 0])
  })

  it('loses none: each problem is shown or counted as suppressed', () => {
    const steps = fc.array(fc.record({ wait: fc.nat(700), reason: fc.constantFrom('x', 'y') }))
    fc.assert(
      fc.property(steps, (problems) => {
        const limiter = createProblemLimiter(3)
        const told = new Map<string, number>()
        let time = 0
        for (const { wait, reason } of problems) {
          const suppressed = limiter.admit(reason, (time += wait))
          if (suppressed !== undefined) told.set(reason, (told.get(reason) ?? 0) + 1 + suppressed)
        }
        // What is held back now comes out with the next one.
        for (const reason of ['x', 'y']) {
          const rest = limiter.admit(reason, time + 1000) ?? Number.NaN
          const sent = problems.filter((problem) => problem.reason === reason).length
          expect((told.get(reason) ?? 0) + rest).toBe(sent)
        }
      }),
    )
  })
})
