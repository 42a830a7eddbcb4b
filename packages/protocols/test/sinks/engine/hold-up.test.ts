import { describe, expect, it } from 'vitest'

import { createHoldUp } from '../../../src/sinks/engine/hold-up.ts'

/** A source that gives again so long after each acknowledgement, with samples so old, `rounds` times. */
function rounds(count: number, afterMs: number, ageMs: number, quietMs = 60_000): readonly boolean[] {
  const holdUp = createHoldUp()
  const told: boolean[] = []
  let now = 0
  for (let round = 0; round < count; round += 1) {
    holdUp.quiet(now)
    now += quietMs
    holdUp.released(now)
    now += afterMs
    told.push(holdUp.gave(now - ageMs, now))
  }
  return told
}

describe('a source that waits for acknowledgements', () => {
  it('is told of once, when it has happened twice', () => {
    expect(rounds(5, 0, 30_000)).toEqual([false, true, false, false, false])
  })

  it.each([
    ['gives later, as one that has nothing', rounds(5, 5000, 30_000)],
    ['gives what has come this moment', rounds(5, 0, 10)],
    ['waits so little that nothing is lost', rounds(5, 0, 30_000, 500)],
  ])('is none where it %s', (_, told) => {
    expect(told).not.toContain(true)
  })

  it('is none where it gives while nothing is acknowledged', () => {
    const holdUp = createHoldUp()
    expect(holdUp.gave(0, 10_000)).toBe(false)
    holdUp.quiet(10_000)
    expect(holdUp.gave(0, 20_000)).toBe(false)
  })
})
