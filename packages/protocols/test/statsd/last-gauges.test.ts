import { buildSeries, type Series } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createLastGauges } from '../../src/statsd/last-gauges.ts'
import { createStatsdParser } from '../../src/statsd/statsd-parser.ts'
import type { StatsdParserOptions } from '../../src/statsd/statsd-options.ts'
import { emptyValue } from '../../src/statsd/statsd-values.ts'

/** Hands lines to one parser, each at its own time; gives a value, or the reason why there is none. */
function reader(options: StatsdParserOptions) {
  const parser = createStatsdParser(options)
  return (line: string, at = 0): unknown => {
    const seen: unknown[] = []
    parser.parse(Buffer.from(line), at, {
      sample: ({ value }) => seen.push(value),
      problem: ({ reason }) => seen.push(reason),
    })
    return seen.length === 1 ? seen[0] : seen
  }
}

const hour = 3_600_000

describe('the last values of gauges', () => {
  it('make room for a new one when they are full: the one used least lately goes', () => {
    // Room for about 100.
    const read = reader({ maxNameBytes: 21_000, gaugeExpiryMs: hour })
    for (let at = 0; at < 150; at += 1) read(`seen.once.${at}:1|g`)
    expect([read('new:5|g'), read('new:+1|g')]).toEqual([5, 6])
    for (let at = 0; at < 300; at += 1) {
      read(`once.more.${at}:1|g`)
      expect(read('new:+1|g')).toBe(7 + at)
    }
  })

  it('refuse a change of one that may have made room, until it would have expired, and take it with an absolute value', () => {
    const read = reader({ maxNameBytes: 21_000, gaugeExpiryMs: hour })
    expect(read('early:+1|g')).toBe(1)
    for (let at = 0; at < 150; at += 1) read(`g${at}:1|g`)
    expect(read('early:+1|g')).toBe('too-many-series')
    expect([read('early:10|g'), read('early:+1|g')]).toEqual([10, 11])
    expect(read('other:+1|g', hour - 1)).toBe('too-many-series')
    expect(read('other:+1|g', hour)).toBe(1)
  })

  it('are bounded in bytes, so that long names make room sooner', () => {
    const changes = (name: (at: number) => string): number => {
      const read = reader({ maxNameBytes: 100_000, gaugeExpiryMs: hour })
      let kept = 0
      for (let at = 0; at < 1000; at += 1) read(`${name(at)}:1|g`)
      for (let at = 999; at >= 0 && read(`${name(at)}:+1|g`) === 2; at -= 1) kept += 1
      return kept
    }
    expect(changes((at) => `g${at}`)).toBeGreaterThan(400)
    expect(changes((at) => `${'x'.repeat(2000)}${at}`)).toBeLessThan(25)
    // One that does not fit at all is never guessed at either.
    const read = reader({ maxNameBytes: 1000 })
    expect([read(`${'x'.repeat(2000)}:1|g`), read(`${'x'.repeat(2000)}:+1|g`)]).toEqual([
      1,
      'too-many-series',
    ])
  })

  it('expire by the time of arrival when they are not used, and then start from 0', () => {
    const read = reader({ gaugeExpiryMs: hour })
    read('g:5|g', 0)
    expect(read('g:+1|g', hour - 1)).toBe(6)
    expect(read('g:+1|g', 2 * hour - 2)).toBe(7)
    expect(read('g:+1|g', 3 * hour - 2)).toBe(1)
    // A timestamp of its own is not when it came.
    read('g:5|g|T1700000000', 3 * hour)
    expect(read('g:+1|g', 3 * hour + 1)).toBe(6)
  })

  it('are those of a plain map with times, as long as there is room', () => {
    const names = ['a', 'b', 'c']
    const all = new Map(
      names.map((name): [string, Series] => [name, (buildSeries(name) as { value: Series }).value]),
    )
    const step = fc.record({
      name: fc.constantFrom(...names),
      number: fc.integer({ min: -5, max: 5 }),
      isChange: fc.boolean(),
      pass: fc.integer({ min: -3, max: 12 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const gauges = createLastGauges(1e6, 10)
        const known = new Map(names.map((name) => [name, { series: all.get(name)!, gauge: undefined }]))
        const oracle = new Map<string, { last: number; time: number }>()
        let now = 100
        for (const { name, number, isChange, pass } of steps) {
          now += pass
          // A clock that goes back may keep others longer, never this one.
          if (pass < 0) continue
          const value = { ...emptyValue(), number }
          expect(gauges.settle(known.get(name)!, value, isChange, now)).toBeUndefined()
          const before = oracle.get(name)
          const base = before !== undefined && now - before.time < 10 ? before.last : 0
          const last = isChange ? base + number : number
          expect(value.number).toBe(last)
          oracle.set(name, { last, time: now })
        }
      }),
    )
  })
})
