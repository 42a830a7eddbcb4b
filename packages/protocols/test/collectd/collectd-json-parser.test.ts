import { describe, expect, it } from 'vitest'

import { createCollectdJsonParser } from '../../src/collectd/collectd-json-parser.ts'
import { arrival, brief, collectBody } from '../collect.ts'

const list = {
  ...{ values: [1], dstypes: ['gauge'], dsnames: ['value'], time: 1_700_000_000.123, interval: 10 },
  ...{ host: 'web1', plugin: 'cpu', plugin_instance: '0', type: 'percent', type_instance: 'idle' },
}
const take = (input: unknown, options = {}) =>
  collectBody(createCollectdJsonParser(options), typeof input === 'string' ? input : JSON.stringify(input))
const briefs = (input: unknown): readonly string[] => take(input).samples.map(brief)
const cpu = 'cpu.percent|ST[host:web1,plugin_instance:0,type_instance:idle]'

describe('createCollectdJsonParser', () => {
  it('names values as the packets do, and gives kinds and times', () => {
    const octets = {
      dstypes: ['derive', 'counter'],
      dsnames: ['rx', 'tx'],
      type: 'if_octets',
      type_instance: '',
    }
    expect(
      briefs([list, { ...list, ...octets, values: [-5, 6] }, { ...list, dstypes: ['absolute'] }]),
    ).toEqual([
      `${cpu} gauge 1 @1700000000123`,
      'cpu.if_octets.rx|ST[host:web1,plugin_instance:0] counter -5 @1700000000123',
      'cpu.if_octets.tx|ST[host:web1,plugin_instance:0] counter 6 @1700000000123',
      `${cpu} delta 1 @1700000000123`,
    ])
    expect(take([list]).samples[0]).toMatchObject({ receivedAt: arrival })
    expect(briefs([{ ...list, time: undefined }])).toEqual([`${cpu} gauge 1`])
  })

  it('keeps all digits of whole numbers beyond 2^53', () => {
    const text = JSON.stringify([{ ...list, dstypes: ['counter'] }]).replace('[1]', '[18446744073709551614]')
    expect(briefs(text)).toEqual([`${cpu} counter ${2 ** 64} @1700000000123 =18446744073709551614`])
  })

  it('tells of null, of kinds that it does not know and of values that are none, and takes the others', () => {
    const five = {
      ...list,
      values: [null, 1, 'x', 2, [3]],
      dstypes: ['gauge', 'ratio', 'gauge', 'gauge', 'gauge'],
      dsnames: ['a', 'b', 'c', 'd', 'e'],
    }
    const { samples, problems, outcome } = take([five])
    expect(samples.map(brief)).toEqual([cpu.replace('percent', 'percent.d') + ' gauge 2 @1700000000123'])
    expect(problems.map(({ reason }) => reason)).toEqual([
      'not-available',
      'unknown-type',
      'bad-value',
      'bad-value',
    ])
    expect(outcome).toEqual({ filtered: 4 })
  })

  it.each([
    ['without a host', { host: undefined }],
    ['with an empty type', { type: '' }],
    ['with a number as its plugin', { plugin: 7 }],
    ['with fewer kinds than values', { dstypes: [] }],
    ['with more names than values', { dsnames: ['a', 'b'] }],
    ['with no values', { values: [], dstypes: [], dsnames: [] }],
    ['with one value for a list', { values: 1 }],
    ['with a time that is text', { time: 'now' }],
    ['with a time before the epoch', { time: -1 }],
    ['with a name that is too long', { type_instance: 'x'.repeat(5000) }],
    ['with a tag that is too long', { type_instance: 'x'.repeat(250) }],
  ])('makes one problem of a value list %s, and takes the others', (_, wrong) => {
    const { samples, problems, outcome } = take([list, { ...list, ...wrong }, list])
    expect([samples.length, problems.length, outcome]).toEqual([2, 1, { filtered: 1 }])
    expect(problems[0]?.start).toBe(JSON.stringify([list]).length)
  })

  it('makes one problem of an element that is no value list, where one came before', () => {
    for (const other of [7, null, 'text', [], {}, { a: { b: [1] } }]) {
      const { samples, problems, outcome } = take([list, other, list])
      expect([samples.length, problems.length, outcome]).toEqual([2, 1, { filtered: 1 }])
    }
  })

  it('takes no other document, and says whose it may be', () => {
    for (const other of ['{"queue":{"depth":7}}', '[{"a":1}]', '[1,2]', '7', '""', '', ' ', '[[]]']) {
      const { samples, problems, outcome } = take(other)
      expect([other, samples.length, problems.length]).toEqual([other, 0, 0])
      expect(outcome.stopped).toMatchObject({
        reason: 'malformed',
        message: expect.stringContaining('httpTrap') as string,
      })
    }
    expect(briefs('[]')).toEqual([])
    expect(take('[]').outcome).toEqual({ filtered: 0 })
  })

  it('keeps what came before a fault', () => {
    const text = JSON.stringify([list, list])
    for (const broken of [text.slice(0, -1), `${text}]`, text.slice(0, -10), `${text} {}`]) {
      const { samples, outcome } = take(broken)
      expect(samples.length).toBeGreaterThanOrEqual(1)
      expect(outcome.stopped?.reason).toBe('bad-json')
    }
  })

  it('passes over metadata, as deep as 32', () => {
    const meta = { a: [1, { b: null }], values: [2], host: 'other' }
    expect(briefs([{ ...list, meta }])).toEqual(briefs([list]))
    const deep = (depth: number): unknown => (depth === 0 ? 1 : { a: deep(depth - 1) })
    expect(take([{ ...list, meta: deep(30) }]).outcome).toEqual({ filtered: 0 })
    expect(take([{ ...list, meta: deep(40) }]).outcome.stopped).toMatchObject({ reason: 'too-deep' })
    expect(take(`[{"plugin":"p","type":"t","x":${'['.repeat(100_000)}`).outcome.stopped).toMatchObject({
      reason: 'too-deep',
    })
  })

  it('takes no more values than its limit', () => {
    const { samples, outcome } = take([list, list, list], { maxValues: 2 })
    expect([samples.length, outcome.stopped?.reason]).toEqual([2, 'too-many-values'])
  })

  it('takes names of prototypes as names', () => {
    const names = {
      host: '__proto__',
      plugin: 'constructor',
      plugin_instance: 'toString',
      type: 'hasOwnProperty',
    }
    expect(briefs([{ ...list, ...names }])).toEqual([
      'constructor.hasOwnProperty|ST[host:__proto__,plugin_instance:toString,type_instance:idle] gauge 1 @1700000000123',
    ])
    const text = JSON.stringify([list]).replace('"host"', '"__proto__":{"plugin":"x"},"host"')
    expect(briefs(text)).toEqual(briefs([list]))
  })

  it('refuses bytes that are not UTF-8', () => {
    const { outcome } = collectBody(createCollectdJsonParser(), Buffer.from([0x5b, 0xff, 0x5d]))
    expect(outcome.stopped).toMatchObject({ reason: 'not-utf8' })
  })
})
