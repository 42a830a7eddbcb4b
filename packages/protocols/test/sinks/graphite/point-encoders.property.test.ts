import { buildSeries, type Sample } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createGraphiteParser } from '../../../src/graphite/graphite-parser.ts'
import { createPickleParser } from '../../../src/graphite/pickle-parser.ts'
import { graphiteName } from '../../../src/sinks/graphite/graphite-name.ts'
import {
  frameBytes,
  pickleEncoder,
  plainEncoder,
  type Point,
} from '../../../src/sinks/graphite/point-encoders.ts'
import { anyDecimal, anySeries } from '../../../src/testing/arbitraries.ts'
import { collect } from '../../collect.ts'

const naming = { naming: 'tagged', names: 'replace' } as const

const anyName = anySeries()
  .map((series) => graphiteName(series, naming))
  .filter((name) => typeof name === 'string')
  .map((text) => ({ text, bytes: Buffer.from(text) }))

const anyPoint: fc.Arbitrary<Point> = fc.record({
  name: anyName,
  seconds: fc.oneof(fc.nat(2 ** 31 - 1), fc.integer({ min: 2 ** 31 - 2, max: 2 ** 32 - 1 })),
  value: fc.oneof(anyDecimal().map(Number), fc.double({ noNaN: true, noDefaultInfinity: true })),
})

/** What a receiver must have of a point, said again by the parser of series and nothing of the writer's. */
const expected = ({ name, seconds, value }: Point): unknown => {
  const [metric = '', ...pairs] = name.text.split(';')
  const tags = pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
  const built = buildSeries(metric, Object.fromEntries(tags) as Record<string, string>)
  return [built.ok ? built.value.key : 'none', seconds * 1000, value === 0 ? 0 : value]
}

const shown = ({ series, time, value }: Sample): unknown => [series.key, time, value === 0 ? 0 : value]

describe('points on their way', () => {
  it('come out of lines as they went in', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 8 }), (points) => {
        const bytes = plainEncoder.encode(points)
        const { samples, problems } = collect(createGraphiteParser({ maxLineBytes: 100_000 }), bytes)
        expect(problems).toEqual([])
        expect(samples.map(shown)).toEqual(points.map(expected))
      }),
    )
  })

  it('come out of pickles as they went in, in one frame that is as long as it says and no longer than weighed', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 8 }), (points) => {
        const frame = pickleEncoder.encode(points)
        expect(frame.readUInt32BE(0)).toBe(frame.length - 4)
        const weight = points.reduce((sum, { name }) => sum + pickleEncoder.weigh(name), frameBytes)
        expect(frame.length).toBeLessThanOrEqual(weight)
        const { samples, problems } = collect(createPickleParser(), frame.subarray(4))
        expect(problems).toEqual([])
        expect(samples.map(shown)).toEqual(points.map(expected))
      }),
    )
  })
})
