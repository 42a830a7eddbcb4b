import { describe, expect, it } from 'vitest'

import { createFaultEngine, type ExploredInstance, type FaultEngine, series } from '../../src/engine.ts'
import { at, recorded, watch } from '../engine/recorder.ts'

/** All pages, one after the other. */
function allOf(engine: FaultEngine, limit: number, ruleSet?: string): ExploredInstance[][] {
  const pages: ExploredInstance[][] = []
  for (let after: string | undefined = '0.0'; after !== undefined;) {
    const page = engine.explore({ limit, after, ruleSet })
    pages.push([...page.instances])
    after = page.next
  }
  return pages
}

describe('the rules explorer', () => {
  it('shows of each rule set and series its state, since when, and what is compared', () => {
    const { engine, sample, advance } = recorded([
      watch([
        { when: { above: 80 }, severity: 2 },
        { when: { above: 50 }, severity: 3, for: '1m' },
      ]),
    ])
    const of = (host: string): ReturnType<typeof series> => series('m', { host })
    sample(at(0, 90, { series: of('a') }))
    sample(at(0, 60, { series: of('b') }))
    sample(at(0, 90, { series: of('c') }))
    sample(at(0, NaN, { series: of('d') }))
    sample(at(5, 3, { series: of('c') }))
    advance(10)
    const parts = (value: number): object[] => [
      { condition: { above: 80 }, truth: value > 80 ? 'true' : 'false', value, threshold: 80 },
      { condition: { above: 50 }, truth: value > 50 ? 'true' : 'false', value, threshold: 50 },
    ]
    expect(engine.explore().instances).toMatchObject([
      {
        ruleSet: 'r',
        series: of('a').key,
        state: 'open',
        samples: 1,
        severity: 2,
        since: 0,
        evaluatedAt: 0,
        values: parts(90),
      },
      { series: of('b').key, state: 'pending', since: 0, values: parts(60) },
      { series: of('c').key, state: 'quiet', since: 5000, samples: 2, evaluatedAt: 5000, values: parts(3) },
      { series: of('d').key, state: 'unknown', values: [{ why: 'not a number' }, { truth: 'unknown' }] },
    ])
  })

  it('shows how many samples each has seen, groups those of all members, also after a restart', () => {
    const sets = [
      watch([
        { when: { above: 80 }, severity: 1 },
        { when: { absentFor: '1m' }, severity: 2 },
      ]),
      {
        id: 'g',
        select: '__name:m',
        by: ['dc'],
        rules: [{ when: { above: 80, of: { max: '5m' } }, severity: 1 }],
      },
    ] as const
    const { engine, sample, advance } = recorded(sets)
    for (const [second, host] of [
      [0, 'a'],
      [0, 'a'],
      [1, 'b'],
      [2, 'a'],
    ] as const)
      sample(at(second, 1, { series: series('m', { host, dc: 'x' }) }))
    advance(100)
    const seen = (of: FaultEngine): unknown[] =>
      of.explore().instances.map(({ ruleSet, samples, evaluatedAt }) => [ruleSet, samples, evaluatedAt])
    // Silence was judged when it was due.
    expect(seen(engine)).toEqual([
      ['r', 2, 62_000],
      ['g', 3, 2000],
      ['r', 1, 61_000],
    ])
    expect(seen(createFaultEngine(sets, { snapshot: engine.snapshot() }))).toEqual(seen(engine))
  })

  it('shows each once, a page at a time', () => {
    const { engine, sample } = recorded([
      watch([{ when: { above: 80 }, severity: 1 }]),
      { id: 's', select: '__name:m', rules: [{ when: { below: 1 }, severity: 1 }] },
      { id: 'g', select: '__name:m', by: ['host'], rules: [{ when: { absentFor: '1m' }, severity: 1 }] },
    ])
    for (let host = 0; host < 7; host += 1) sample(at(0, 1, { series: series('m', { host: `${host}` }) }))
    for (const limit of [1, 2, 3, 20, 21, 100]) {
      const pages = allOf(engine, limit)
      expect(pages.every((page) => page.length <= limit)).toBe(true)
      const names = pages.flat().map((one) => `${one.ruleSet} ${one.series}`)
      expect(names).toHaveLength(21)
      expect(new Set(names).size).toBe(21)
    }
    expect(
      allOf(engine, 4, 's')
        .flat()
        .map((one) => one.ruleSet),
    ).toEqual(Array(7).fill('s'))
    expect(allOf(engine, 4, 'none').flat()).toEqual([])
  })
})
