import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createMuninPlugin, type MuninValue } from '../../../src/checks/agents/munin-plugin.ts'

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/)
const types = ['GAUGE', 'COUNTER', 'DERIVE', 'ABSOLUTE'] as const

/** A field of a graph: what it is, and how it is told. */
const field = fc.record({
  graph: fc.option(name, { nil: undefined }),
  field: name,
  type: fc.option(fc.constantFrom(...types), { nil: undefined }),
  value: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
  seconds: fc.option(fc.nat(), { nil: undefined }),
})

describe('createMuninPlugin', () => {
  it('gives each field once, with its type, and none that is unknown', () => {
    const key = ({ graph, field }: { readonly graph: string | undefined; readonly field: string }): string =>
      `${graph ?? 'plugin'}\`${field}`
    fc.assert(
      fc.property(fc.uniqueArray(field, { selector: key }), fc.boolean(), (fields, isTogether) => {
        // Those of the plugin itself come before its graphs.
        const sorted = fields.toSorted((left, right) => (left.graph ?? '').localeCompare(right.graph ?? ''))
        const plugin = createMuninPlugin('plugin')
        const typesTold = (one: (typeof fields)[number]): string[] => [
          ...(one.graph === undefined ? [] : [`multigraph ${one.graph}`]),
          ...(one.type === undefined ? [] : [`${one.field}.type ${one.type}`]),
        ]
        const valuesTold = (one: (typeof fields)[number]): string[] => [
          ...(one.graph === undefined ? [] : [`multigraph ${one.graph}`]),
          `${one.field}.value ${one.seconds === undefined ? '' : `${one.seconds}:`}${one.value ?? 'U'}`,
        ]
        const answers = isTogether
          ? [sorted.flatMap((one) => [...typesTold(one), ...valuesTold(one)])]
          : [sorted.flatMap(typesTold), sorted.flatMap(valuesTold)]
        for (const lines of answers) {
          plugin.begin()
          for (const line of lines) plugin.take(line)
        }
        const expected = sorted.flatMap((one): readonly MuninValue[] =>
          one.value === undefined
            ? []
            : [
                {
                  metric: key(one),
                  type: one.type ?? 'GAUGE',
                  value: one.value,
                  time: one.seconds === undefined ? undefined : one.seconds * 1000,
                },
              ],
        )
        // As texts, minus zero is zero.
        expect(Array.from(plugin.values(), (one) => ({ ...one, value: Number(one.value) + 0 }))).toEqual(
          expected.map((one) => ({ ...one, value: Number(one.value) + 0 })),
        )
        expect(plugin.told).toBe(sorted.length)
      }),
    )
  })

  it('keeps the first 10000 fields, counts those beyond, and takes none of them for another type', () => {
    const plugin = createMuninPlugin('plugin')
    const most = 10_000
    for (let at = most; at >= 0; at -= 1) plugin.take(`f${at}.type COUNTER`)
    for (let at = 0; at < most + 5; at += 1) plugin.take(`f${at}.value 1`)
    plugin.take('f1.value 2')
    const values = [...plugin.values()]
    expect(values.slice(0, 1)).toEqual([{ metric: 'plugin`f1', type: 'COUNTER', value: 2, time: undefined }])
    expect([values.length, plugin.leftOut, plugin.told]).toEqual([most - 1, 6, most + 6])
    expect(values.every(({ type }) => type === 'COUNTER')).toBe(true)
  })

  it('takes every line, and gives finite numbers', () => {
    const line = fc.oneof(
      fc.string(),
      fc
        .tuple(
          fc.constantFrom('multigraph', 'a.value', 'a.type', '.value', '#', 'a.value.value'),
          fc.string(),
        )
        .map((words) => words.join(' ')),
    )
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const plugin = createMuninPlugin('plugin')
        for (const one of lines) plugin.take(one)
        expect([...plugin.values()].every(({ value }) => Number.isFinite(Number(value)))).toBe(true)
      }),
      { examples: [[['a.value 1e999']], [['a.value 99999999999999:1']]] },
    )
  })
})
