import { series, type Series } from '@tocsin/core'
import fc from 'fast-check'

import type { FaultInput } from '../../src/engine.ts'
import type { Delivery } from '../oracle/arrivals.ts'

/** When all histories begin: shortly before midnight, so that windows of the day begin and end in them. */
const start: number = Date.parse('2026-01-05T21:58:00Z')

const seriesOf = (name: string): Series => {
  const [metric = 'm', host] = name.split(' ')
  return host === undefined
    ? series(metric)
    : series(metric, { host, role: host < 'c' ? 'web' : 'db', dc: 'fra' })
}

/** What histories may have. */
export interface HistoryShape {
  readonly names: readonly string[]
  readonly texts?: boolean
  readonly sources?: readonly string[]
  readonly markers?: boolean
  readonly corrections?: boolean
  readonly mostSamples?: number
}

/** Values around the limits of the rules, short decimals, and the edges of doubles. */
const numbers = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 0.1, 0.2, 0.3, 10, 50, 79.9, 80, 80.1, 95, 99.99) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -6, max: 9 }))
      .map(([digits, power]) => Number(`${digits}e${power}`)),
  },
  { weight: 1, arbitrary: fc.constantFrom(-0, 2 ** 31, 2 ** 53, -(2 ** 63), 2 ** 64, 5e-324, 1e15) },
)
/** What is no finite number. */
const oddities: fc.Arbitrary<number | string> = fc.constantFrom(Infinity, -Infinity, NaN)
const texts = fc.constantFrom('up', 'down', 'error: disk', '')

/** Steps between deliveries: periods, the borders of windows, holds and silences, and a ms beside them. */
const steps = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 1000, 5000, 10_000, 10_000, 10_000, 15_000) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(9999, 10_001, 20_000, 29_999, 30_000, 30_001, 59_999, 60_000, 60_001),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(69_999, 70_000, 70_001, 90_000, 119_999, 120_000, 120_001, 300_000, 900_000),
  },
)

/** How old a sample is when it is delivered: mostly fresh, some at the limit or too old, some of the future. */
const ages = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(1, 500, 3000, 5000) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(9999, 10_000, 10_001, 60_000, -1, -5000, -10_000, -10_001, -3_600_000),
  },
)

interface Step {
  readonly step: number
  readonly age: number
  readonly name: string
  readonly value: number | string
  readonly source: string | undefined
  readonly again: 'no' | 'duplicate' | 'moment' | 'correction' | 'marker'
}

/** Deliveries, in order of the clock. */
export function anyHistory(shape: HistoryShape): fc.Arbitrary<readonly Delivery[]> {
  const { names, mostSamples = 30, sources } = shape
  const value = fc.oneof(
    { weight: 8, arbitrary: numbers },
    { weight: 1, arbitrary: oddities },
    ...(shape.texts === true ? [{ weight: 3, arbitrary: texts as fc.Arbitrary<number | string> }] : []),
  )
  const again: fc.Arbitrary<Step['again']> = fc.oneof(
    { weight: 20, arbitrary: fc.constant('no' as const) },
    { weight: 2, arbitrary: fc.constant('duplicate' as const) },
    { weight: 2, arbitrary: fc.constant('moment' as const) },
    ...(shape.corrections === true ? [{ weight: 2, arbitrary: fc.constant('correction' as const) }] : []),
    ...(shape.markers === true ? [{ weight: 1, arbitrary: fc.constant('marker' as const) }] : []),
  )
  const step: fc.Arbitrary<Step> = fc.record({
    ...{ step: steps, age: ages, name: fc.constantFrom(...names), value, again },
    source: sources === undefined ? fc.constant(undefined) : fc.constantFrom(...sources),
  })
  return fc.array(step, { minLength: 1, maxLength: mostSamples }).map(deliveriesOf)
}

function deliveriesOf(all: readonly Step[]): readonly Delivery[] {
  const deliveries: Delivery[] = []
  let now = start
  for (const { step, age, name, value, source, again } of all) {
    now += step
    const sample: FaultInput = {
      ...{ series: seriesOf(name), time: now - age, value, kind: 'gauge' },
      ...(source !== undefined && { source }),
    }
    const before = deliveries.findLast(
      (one) => one.sample.series.key === sample.series.key && one.sample.source === source,
    )
    if (again === 'marker') deliveries.push({ now, sample: { ...sample, value: NaN, kind: 'stale' } })
    else if (again === 'duplicate' && before !== undefined) deliveries.push({ now, sample: before.sample })
    else if (again === 'moment' && before !== undefined && before.sample.kind !== 'stale')
      deliveries.push({ now, sample: { ...before.sample, value } })
    else if (again === 'correction' && before !== undefined && before.sample.kind !== 'stale') {
      const revision = (before.sample.revision ?? 0) + 1
      deliveries.push({ now, sample: { ...before.sample, value, revision } })
    } else deliveries.push({ now, sample })
  }
  return deliveries
}
