import type { RollupInput } from '../../src/engine/reading.ts'
import { minute, sample } from './samples.ts'

const day = 86_400_000
/** Noon of two days that are far apart. */
export const goldenDays: readonly number[] = [1_000 * day + day / 2, 20_000 * day + day / 2]

const [early = 0, late = 0] = goldenDays

/**
 * What the folder `golden/version-2` was written from, three samples of a series in a window, as batches: each but the last was flushed.
 * The third has a late sample for the second, the last one for the third.
 */
export const goldenSamples: readonly (readonly RollupInput[])[] = [
  [early, early + minute, early + 300 * minute].flatMap(windowAt),
  [late, late + minute].flatMap(windowAt),
  [...windowAt(late + 2 * minute), sample('whole', late + minute + 50_000, 7)],
  [...windowAt(late + 300 * minute), sample('whole', late + 2 * minute + 50_000, 7)],
]

function windowAt(start: number): readonly RollupInput[] {
  const times = [start, start + 1, start + 59_999]
  const of = (
    name: string,
    values: readonly number[],
    kind: RollupInput['kind'],
    more: Partial<RollupInput> = {},
  ): RollupInput[] =>
    values.map((value, index) => ({ ...sample(name, times[index] ?? 0, value, kind), ...more }))
  const scale = (start / minute) % 7
  return [
    ...of('whole', [1, scale, 5], 'gauge'),
    ...of('decimal', [0.1, 0.2, 0.3 + scale], 'gauge'),
    ...of('share', [1 / 3, 2 / 3, scale / 7], 'gauge'),
    ...of('far', [1e15 + 0.25, -1e-7, 1e120], 'gauge'),
    ...of('one', [scale + 0.7], 'gauge'),
    ...of('timer', [0.1, 12, 3], 'observation', { weight: 3.7 }),
    ...of('delta', [10, 20], 'delta', { weight: 10 }),
    ...of('count', [10, 20 + scale, 5], 'counter'),
    ...of('ratio', [0.5, 0.7, 0.1], 'counter'),
    { ...sample('large', start, Number(2n ** 60n), 'counter'), exact: 2n ** 60n + BigInt(scale) },
    ...times.map((time, index) => sample('state', time, ['up', 'down', `äöü ${scale}`][index] ?? '', 'text')),
  ]
}
