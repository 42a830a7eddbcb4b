import { series } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readSample, type RollupInput } from '../../src/engine/reading.ts'
import { sample } from '../support/samples.ts'

const reason = (input: unknown): string => {
  const read = readSample(input as RollupInput)
  return read.kind === 'refused' ? read.reason : read.kind
}

describe('readSample', () => {
  it.each([
    ['no sample at all', undefined, 'bad-series'],
    ['a series without a key', { ...sample('a', 0, 1), series: {} }, 'bad-series'],
    ['a time before 1970', sample('a', -1, 1), 'bad-time'],
    ['a time that is no number', { ...sample('a', 0, 1), time: '5' }, 'bad-time'],
    ['NaN as time', sample('a', NaN, 1), 'bad-time'],
    ['a time beyond the calendar', sample('a', 8.7e15, 1), 'bad-time'],
    ['NaN', sample('a', 0, NaN), 'bad-value'],
    ['infinity', sample('a', 0, Infinity), 'bad-value'],
    ['the largest double', sample('a', 0, Number.MAX_VALUE), 'bad-value'],
    ['a text where a number belongs', { ...sample('a', 0, 1), value: '5' }, 'bad-value'],
    ['a number where a text belongs', { ...sample('a', 0, '5', 'text'), value: 5 }, 'bad-value'],
    ['a weight below 1', sample('a', 0, 5, 'observation', { weight: 0 }), 'bad-value'],
    ['a histogram', sample('a', 0, { bins: [] }, 'histogram'), 'unsupported-kind'],
    ['a stale marker', sample('a', 0, NaN, 'stale'), 'unsupported-kind'],
    ['a kind from elsewhere', { ...sample('a', 0, 1), kind: 'toString' }, 'unsupported-kind'],
    ['a state', sample('a', 0, 1, 'state'), 'numeric'],
    ['a member of a set', sample('a', 0, 'x', 'set'), 'text'],
  ])('says of %s what it is', (_name, input, expected) => {
    expect(reason(input)).toBe(expected)
  })

  it('tells events, which all count, from what has one value a moment', () => {
    const event = (kind: 'gauge', value: unknown = 1): unknown =>
      readSample({ ...sample('a', 0, 1, kind), value } as RollupInput)
    for (const kind of ['observation', 'delta']) expect(event(kind as 'gauge')).toMatchObject({ event: true })
    for (const kind of ['gauge', 'state', 'counter'])
      expect(event(kind as 'gauge')).toMatchObject({ event: false })
    expect(event('set' as 'gauge', 'x')).toMatchObject({ event: true })
    expect(event('text' as 'gauge', 'x')).toMatchObject({ event: false })
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), (input) => void readSample(input as RollupInput)))
    const fields = fc.record({ series: fc.constant(series('a')), time: fc.nat(), value: fc.anything() })
    const kinds = fc.constantFrom('gauge', 'counter', 'text', 'delta', 'observation')
    fc.assert(
      fc.property(fields, kinds, fc.anything(), (some, kind, weight) => {
        readSample({ ...some, kind, weight, exact: weight } as RollupInput)
      }),
    )
  })

  it('cuts long texts and mends what is no Unicode', () => {
    expect(readSample(sample('a', 0, 'x'.repeat(600), 'text'))).toMatchObject({
      cut: true,
      point: { value: 'x'.repeat(512) },
    })
    expect(readSample(sample('a', 0, 'a\ud800', 'text'))).toMatchObject({
      cut: false,
      point: { value: 'a\ufffd' },
    })
  })

  it('leaves an exact value out where it says nothing else or contradicts', () => {
    expect(readSample(sample('a', 0, 5, 'counter', { exact: 5n }))).toMatchObject({
      point: { time: 0, value: 5 },
    })
    expect(readSample(sample('a', 0, 5, 'counter', { exact: 2n ** 60n }))).toEqual({
      kind: 'counter',
      time: 0,
      event: false,
      point: { time: 0, value: 5 },
    })
  })
})
