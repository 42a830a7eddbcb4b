import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as pictures from '../page/charts/plot/picture.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as store from '../page/charts/samples.js'

interface Stretch {
  readonly from: number
  readonly to: number
}
interface View extends Stretch {
  readonly now: number
  readonly samples: Map<string, unknown>
  readonly faults: readonly []
  readonly pauses: readonly Stretch[]
  readonly knownUntil?: number
}
const { pictureOf } = pictures as {
  pictureOf: (spec: object, view: View) => { readonly holes: readonly Stretch[]; unknownSince?: number }
}
const { addRow, createSeries, setHistory } = store as {
  createSeries: (key: string) => unknown
  addRow: (samples: Map<string, unknown>, key: string, time: number, value: number) => void
  setHistory: (series: unknown, told: object, asked: object) => void
}

const second = 1000
const spec = {
  lines: [{ key: 'a' }],
  keys: ['a'],
  thresholds: [],
  drawn: 'number',
  unit: { kind: 'plain', scale: [{ symbol: '', size: 1 }] },
}

/** Seconds of samples of one series, and a picture of the first hundred. */
function holes(times: readonly number[], pauses: readonly [number, number][], more: object = {}): string {
  const samples = new Map<string, unknown>()
  if (times.length > 0) addRow(samples, 'a', times[0]! * second, 0)
  setHistory(
    samples.get('a') ?? createSeries('a'),
    {
      key: 'a',
      drawn: 'number',
      stepMs: second,
      samples: {
        times: times.map((time, at) => (time - (times[at - 1] ?? 0)) * second),
        values: times.map(() => 1),
      },
    },
    { from: 0, to: 100 * second, now: 100 * second },
  )
  const view = { from: 0, to: 100 * second, now: 100 * second, samples, faults: [] as const, ...more }
  const picture = pictureOf(spec, {
    ...view,
    pauses: pauses.map(([from, to]) => ({ from: from * second, to: to * second })),
  })
  return picture.holes.map(({ from, to }) => `${from / second}-${to / second}`).join(' ')
}
const seconds = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

describe('the time in which the observatory did not run', () => {
  it('is a hole before the first sample, and only the pause is: a series may have begun later', () => {
    expect(holes(seconds(60, 100), [[-500, 40]])).toBe('0-40')
  })

  it('is a hole where nothing is known of any series', () => {
    expect(holes([], [[20, 40]])).toBe('20-40')
  })

  it('is one hole with the stretch without samples around it', () => {
    expect(holes([...seconds(1, 20), ...seconds(41, 100)], [[21, 40]])).toBe('20-41')
  })

  it('is none where a line is: what came later with times of then is known', () => {
    expect(holes(seconds(1, 100), [[21, 40]])).toBe('')
    expect(holes(seconds(30, 100), [[21, 40]])).toBe('21-30')
  })

  it('is told up to the last that is known, after which all is hatched anyway', () => {
    expect(
      holes(
        seconds(40, 60),
        [
          [10, 30],
          [80, 90],
        ],
        { knownUntil: 60 * second },
      ),
    ).toBe('10-30')
  })
})
