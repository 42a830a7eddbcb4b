import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createCollectdParser } from '../../src/collectd/collectd-parser.ts'
import { arrival, collect } from '../collect.ts'
import { number, text, values, type WireValue } from './packets.ts'

const word = fc.stringMatching(/^[a-zé_.]{1,12}$/)
const instance = fc.oneof(fc.constant(''), word)
const wire: fc.Arbitrary<WireValue> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(0 as const, 3 as const),
    value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  }),
  fc.record({ kind: fc.constant(2 as const), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
  fc.record({ kind: fc.constant(1 as const), value: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
)
const list = fc.record({
  ...{ host: word, plugin: word, pluginInstance: instance, type: word, typeInstance: instance },
  seconds: fc.integer({ min: 1, max: 4_000_000_000 }),
  values: fc.array(wire, { minLength: 1, maxLength: 4 }),
})
type List = typeof list extends fc.Arbitrary<infer T> ? T : never

/** Writes only what changed, or all. */
function packetOf(lists: readonly List[], saysAll: boolean): Buffer {
  const said = new Map<number, string>()
  const parts = lists.flatMap((one) => {
    const names = [
      [0, one.host],
      [2, one.plugin],
      [3, one.pluginInstance],
      [4, one.type],
      [5, one.typeInstance],
    ] as const
    const changed = names.filter(([type, name]) => saysAll || (said.get(type) ?? '') !== name)
    for (const [type, name] of changed) said.set(type, name)
    return [
      ...changed.map(([type, name]) => text(type, name)),
      number(1, BigInt(one.seconds)),
      values(...one.values),
    ]
  })
  return Buffer.concat(parts)
}

function expected(one: List): readonly unknown[] {
  return one.values.map(({ kind, value }, index) => {
    const exact = typeof value === 'bigint' && Math.abs(Number(value)) > Number.MAX_SAFE_INTEGER
    return {
      metric: `${one.plugin}.${one.type}${one.values.length === 1 ? '' : `.${index}`}`,
      tags: Object.entries({
        host: one.host,
        plugin_instance: one.pluginInstance,
        type_instance: one.typeInstance,
      }).filter(([, tag]) => tag !== ''),
      time: one.seconds * 1000,
      kind: ['counter', 'gauge', 'counter', 'delta'][kind],
      value: Number(value),
      exact: exact ? value : undefined,
    }
  })
}

describe('createCollectdParser', () => {
  it('gives what was written, whether names are said again or hold, and whether it knows them already', () => {
    const parser = createCollectdParser({ maxNameBytes: 20_000 })
    fc.assert(
      fc.property(fc.array(list, { maxLength: 12 }), fc.boolean(), (lists, saysAll) => {
        const packet = packetOf(lists, saysAll)
        const { samples, problems } = collect(parser, packet)
        expect(problems).toEqual([])
        expect(
          samples.map(({ series, time, kind, value, exact }) => {
            const tags = Object.entries(series.tags).sort(([a], [b]) => (a < b ? -1 : 1))
            return { metric: series.metric, tags, time, kind, value, exact }
          }),
        ).toEqual(lists.flatMap(expected))
        expect(samples.every(({ receivedAt }) => receivedAt === arrival)).toBe(true)
      }),
    )
  })
})
