import type { SampleKind } from '@tocsin/core'

import type { Row } from '../rows/any-rows.ts'
import { hour, minute, sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'

const begin = 1_790_035_200_000

const row = (
  series: number,
  start: number,
  values: readonly (number | string)[],
  kind: SampleKind,
  more = {},
): Row => ({
  series,
  start,
  rollup: windowOf(
    values.map((value, index) => sample('s', start + 1000 + index * 9000, value as never, kind, more)),
  ),
})

/** A gauge that walks in cents; long enough to have blocks of its own. */
const walk = (series: number, count: number): Row[] => {
  let value = 5000
  return Array.from({ length: count }, (_, index) =>
    row(
      series,
      begin + index * minute,
      [1, 2, 3].map((step) => (value += ((index * 7919 + step * 104_729) % 101) - 50) / 100),
      'gauge',
    ),
  )
}

/** What the segment in `golden-3` holds, by level. */
export const goldenRows = (): readonly (readonly Row[])[] => [
  [
    ...walk(1, 300),
    ...Array.from({ length: 5 }, (_, index) =>
      row(2, begin + index * minute, [index, 1 / 3, -7.25], 'gauge'),
    ),
    ...Array.from({ length: 5 }, (_, index) =>
      row(3, begin + index * minute, [10 * index, 5, 10 * index + 2.5], 'counter'),
    ),
    row(4, begin, [2 ** 60], 'counter', { exact: 2n ** 60n + 1n }),
    row(5, begin, ['up', 'down', 'ä€🙂'], 'text'),
    row(5, begin + minute, ['down'], 'text'),
    row(6, begin, [2, 4], 'observation', { weight: 2.5 }),
    { ...row(7, begin, [-1e-9, 123_456.789], 'gauge') },
    row(8, begin, [2 ** 53 - 1, 1 - 2 ** 53], 'gauge'),
  ],
  [row(1, begin - (begin % hour), [1, 2, 3], 'gauge')],
]
