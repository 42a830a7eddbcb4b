import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Delivery, ReaderCheck } from '../src/torture/oracle.ts'
import { checkCursor, checkReader } from '../src/torture/oracle.ts'

const value = (seq: number): string => `record ${seq}`
const record = (seq: number): Delivery => ({ seq, value: value(seq) })
const records = (from: number, to: number): Delivery[] =>
  Array.from({ length: to - from + 1 }, (_, index) => record(from + index))
const valuesOf = (from: number, to: number): Map<number, string> =>
  new Map(
    records(from, to).map((delivery) => [
      'seq' in delivery ? delivery.seq : 0,
      value('seq' in delivery ? delivery.seq : 0),
    ]),
  )

/** A reader from 1 to 10 that got everything. */
const sound: ReaderCheck = {
  afterSeq: 0,
  headSeq: 10,
  acked: valuesOf(1, 8),
  seen: valuesOf(1, 4),
  attempted: (text) => /^record \d+$/.test(text),
  delivered: records(1, 10),
}
const broken = (check: Partial<ReaderCheck>): readonly string[] =>
  checkReader({ ...sound, ...check }).map(({ invariant }) => invariant)

describe('the oracle of a reader', () => {
  it('finds nothing where everything is kept', () => {
    expect(checkReader(sound)).toEqual([])
    expect(broken({ afterSeq: 4, delivered: records(5, 10) })).toEqual([])
  })

  it('accepts a gap over what was never acknowledged', () => {
    const delivered = [...records(1, 8), { fromSeq: 9, toSeq: 10, reason: 'lost' }]
    expect(broken({ delivered })).toEqual([])
  })

  it('accepts the loss of acknowledged records only for a reason that is allowed', () => {
    const delivered = [{ fromSeq: 1, toSeq: 2, reason: 'evicted' }, ...records(3, 10)]
    expect(broken({ delivered, allowedGaps: new Set(['evicted']) })).toEqual([])
    expect(broken({ delivered })).toEqual(['I1', 'I1', 'I2', 'I2'])
  })

  it('sees an acknowledged record that is in a gap, altered, or behind the end', () => {
    const gap = { fromSeq: 8, toSeq: 8, reason: 'corrupt' }
    expect(broken({ delivered: [...records(1, 7), gap, ...records(9, 10)] })).toEqual(['I1'])
    expect(
      broken({ delivered: [...records(1, 7), { seq: 8, value: 'record 80' }, ...records(9, 10)] }),
    ).toEqual(['I1'])
    expect(broken({ headSeq: 7, delivered: records(1, 7) })).toEqual(['I1'])
  })

  it('sees a record that was delivered once and is another one now', () => {
    const delivered = [...records(1, 3), { seq: 4, value: 'record 40' }, ...records(5, 10)]
    expect(broken({ acked: new Map(), delivered })).toEqual(['I2'])
  })

  it('sees a hole, a repetition, a step back and an early end', () => {
    const acked = new Map<number, string>()
    const seen = acked
    expect(broken({ acked, seen, delivered: [...records(1, 4), ...records(6, 10)] })).toEqual(['I3'])
    expect(broken({ acked, seen, delivered: [...records(1, 5), ...records(5, 10)] })).toEqual(['I3'])
    expect(broken({ acked, seen, delivered: [...records(1, 10), record(3)] })).toEqual(['I3'])
    expect(broken({ acked, seen, delivered: records(1, 9) })).toEqual(['I3'])
    expect(broken({ acked, seen, delivered: [] })).toEqual(['I3'])
  })

  it('sees a loss that is told in two gaps, or in an empty one', () => {
    const acked = new Map<number, string>()
    const gap = (fromSeq: number, toSeq: number): Delivery => ({ fromSeq, toSeq, reason: 'corrupt' })
    const split = [...records(1, 4), gap(5, 5), gap(6, 6), ...records(7, 10)]
    expect(broken({ acked, delivered: split })).toEqual(['I3'])
    expect(broken({ acked, delivered: [...records(1, 4), gap(5, 4), ...records(5, 10)] })).toEqual(['I3'])
  })

  it('sees what was never appended, and what comes twice under two numbers', () => {
    const invented = [...records(1, 9), { seq: 10, value: 'somebody else' }]
    expect(broken({ delivered: invented })).toEqual(['I4'])
    const twice = [...records(1, 9), { seq: 10, value: value(9) }]
    expect(broken({ delivered: twice })).toEqual(['I4'])
  })

  it('sees any one change to what a reader got', () => {
    const change = fc.record({
      at: fc.nat(9),
      how: fc.constantFrom('drop', 'repeat', 'alter', 'invent', 'gap', 'swap'),
    })
    fc.assert(
      fc.property(change, ({ at, how }) => {
        const delivered = records(1, 10)
        const seq = at + 1
        if (how === 'drop') delivered.splice(at, 1)
        else if (how === 'repeat') delivered.splice(at, 0, record(seq))
        else if (how === 'alter') delivered[at] = { seq, value: value(seq + 100) }
        else if (how === 'invent') delivered[at] = { seq, value: 'never' }
        else if (how === 'gap') delivered[at] = { fromSeq: seq, toSeq: seq, reason: 'corrupt' }
        else {
          const other = (at + 1) % 10
          ;[delivered[at], delivered[other]] = [delivered[other]!, delivered[at]!]
        }
        expect(broken({ acked: valuesOf(1, 10), delivered })).not.toEqual([])
      }),
    )
  })
})

describe('the oracle of a cursor', () => {
  const kept = { name: 'storage', before: 5, announced: [7, 9], firstSeq: 4 }
  const seen = (change: object): readonly string[] =>
    checkCursor({ ...kept, after: 7, ...change }).map(({ invariant }) => invariant)

  it('accepts the position of before, and any that was acknowledged since', () => {
    for (const after of [5, 7, 9]) expect(checkCursor({ ...kept, after })).toEqual([])
  })

  it('sees one that went back, ran ahead, was made up, or is gone', () => {
    expect(seen({ after: 4 })).toEqual(['I6'])
    expect(seen({ after: 10 })).toEqual(['I6'])
    expect(seen({ after: 8 })).toEqual(['I6'])
    expect(seen({ after: undefined })).toEqual(['I6'])
  })

  it('sees records that were removed too early', () => {
    expect(seen({ firstSeq: 8 })).toEqual([])
    expect(seen({ firstSeq: 9 })).toEqual(['I5'])
  })
})
