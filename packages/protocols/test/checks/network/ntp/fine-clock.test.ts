import { describe, expect, it } from 'vitest'

import type { CheckContext } from '../../../../src/checks/check.ts'
import { createFineClock } from '../../../../src/checks/network/ntp/fine-clock.ts'

/** A system whose clock is told in whole ms, and that passes some µs with each look. */
function machine(
  startedAt: number,
  stepMs: number,
  isStopped = false,
): CheckContext & { exact: () => number } {
  let ms = 0
  return {
    now: () => (isStopped ? Math.floor(startedAt) : Math.floor(startedAt + (ms += stepMs))),
    elapsedMs: () => (ms += stepMs),
    exact: () => startedAt + ms,
  } as CheckContext & { exact: () => number }
}

describe('createFineClock', () => {
  it('tells the time of the system as finely as it can be looked at', () => {
    for (const startedAt of [1_700_000_000_000, 1_700_000_000_000.3, 1_700_000_000_000.999]) {
      const system = machine(startedAt, 0.001)
      const clock = createFineClock(system)
      expect(Math.abs(clock() - system.exact())).toBeLessThan(0.01)
    }
  })

  it('gives up where the clock does not move on', () => {
    const system = machine(1_700_000_000_000.5, 0.25, true)
    expect(Math.abs(createFineClock(system)() - 1_700_000_000_000)).toBeLessThan(1)
  })
})
