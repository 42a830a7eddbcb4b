import type { Look } from '../../src/conditions/look.ts'

/** A look at row 0, where a number is known and nothing is absent. */
export const look = (of: Partial<Look>): Look => ({
  ...{
    row: 0,
    time: 0,
    value: 0,
    text: undefined,
    previous: NaN,
    previousTime: NaN,
    changed: 2,
    isKnown: true,
  },
  ...{ isAbsent: () => false, missed: () => 2, memory: new Uint8Array(16), at: 0, parts: undefined },
  ...{ lastOf: () => NaN, counts: undefined, countsAt: 0 },
  ...of,
})
