import { describe, expect, it } from 'vitest'

import { pollCheck, runOnce, type Polled } from '../../src/checks/index.ts'
import { series } from '../../src/index.ts'

const found = async (polled: unknown): Promise<unknown[]> => {
  const { state, status, samples } = await runOnce(pollCheck('own', async () => polled as Polled))
  return [
    state,
    status,
    ...samples.map(({ series: { key }, value, kind }) => `${key} ${JSON.stringify(value)} ${kind}`),
  ]
}

describe('pollCheck', () => {
  it('takes numbers and texts, samples, or an outcome', async () => {
    expect(await found({ depth: 3, version: '1.2' })).toEqual([
      'good',
      'good',
      'depth 3 gauge',
      'version "1.2" text',
    ])
    const sample = { series: series('hits'), time: 0, value: 7, kind: 'counter' }
    expect(await found([sample])).toEqual(['good', 'good', 'hits 7 counter'])
    expect(await found({ state: 'warning', status: 'slow', samples: [sample] })).toEqual([
      'warning',
      'slow',
      'hits 7 counter',
    ])
  })

  it('leaves out what is neither, and says how much', async () => {
    expect(await found({ depth: NaN, nested: {}, '': 1, fine: 1, long: 'x'.repeat(2000) })).toEqual([
      'good',
      'good (3 values could not be taken)',
      'fine 1 gauge',
      `long "${'x'.repeat(1024)}" text`,
    ])
  })

  it('gives a result whatever comes', async () => {
    for (const nothing of [undefined, null, 5, 'x'])
      expect(await found(nothing)).toEqual(['unknown', 'gave no object with a state'])
    expect(await found([{ series: 'hits' }])).toMatchObject([
      'unknown',
      expect.stringContaining('gave samples[0]'),
    ])
    for (const empty of [new Map([['depth', 3]]), new Error('no'), new Date(0)])
      expect(await found(empty)).toEqual([
        'unknown',
        'gave state that must be one of good, warning, bad, unknown, not undefined',
      ])
    expect(await found({})).toEqual(['good', 'good'])
    const many = Object.fromEntries(Array.from({ length: 10_002 }, (_, at) => [`m${at}`, at]))
    const [state, status, ...samples] = await found(many)
    expect([state, status, samples.length]).toEqual(['good', 'good (2 values could not be taken)', 10_000])
  })

  it('takes values beside a state, and a state that is none for no outcome', async () => {
    const full = await runOnce(pollCheck('x', async () => ({ state: 'warning', status: 'long', depth: 4 })))
    expect(full).toMatchObject({ state: 'warning', status: 'long' })
    expect(full.samples.map(({ series, value }) => [series.metric, value])).toEqual([['depth', 4]])
    const misspelt = await runOnce(pollCheck('x', async () => ({ state: 'ok' })))
    expect(misspelt).toMatchObject({ state: 'unknown', reason: 'wrong-outcome' })
  })

  it('is refused where there is nothing to call, or by what', () => {
    expect(() => pollCheck('x', undefined as never)).toThrow('PROTOCOL_BAD_OPTION')
    for (const name of ['', 'x'.repeat(300)])
      expect(() => pollCheck(name, async () => ({}))).toThrow('cannot be the name of a check')
    expect(() => pollCheck(5 as never, async () => ({}))).toThrow('PROTOCOL_BAD_OPTION')
  })
})
