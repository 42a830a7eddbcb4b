import type { Series } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { series } from '../../../src/index.ts'
import { createBoundedTable } from '../../../src/operators/engine/bounded-table.ts'
import { compileFilter, type FilterRule } from '../../../src/operators/engine/filter-rules.ts'
import { type Availability, createFreshnessEngine } from '../../../src/operators/engine/freshness-engine.ts'
import { createSkewEngine } from '../../../src/operators/engine/skew-engine.ts'

const numRuns = Number(process.env['FC_NUM_RUNS'] ?? 300)

describe('the filter', () => {
  const names = fc.constantFrom('a', 'b', 'c')
  const tags = fc.dictionary(fc.constantFrom('x', 'y'), names)
  const query = fc
    .constantFrom('__name', 'x', 'y')
    .chain((category) => names.map((value) => [category, value] as const))
  const rule = fc.oneof(
    query.map(([category, value]) => ({ deny: [category, value] as const })),
    fc
      .tuple(fc.constantFrom('allow', 'change'), query, fc.option(names), fc.option(tags))
      .map(([word, of, rename, addTags]) => ({ [word]: of, rename, addTags })),
  )
  type Plain = Record<string, readonly [string, string]> & {
    rename?: string | null
    addTags?: Record<string, string> | null
  }

  /** As the rules read, word by word. */
  function judge(rules: readonly Plain[], given: Series, otherwise: string): string | undefined {
    let [metric, of] = [given.metric, { ...given.tags }]
    for (const one of rules) {
      const word = 'deny' in one ? 'deny' : 'allow' in one ? 'allow' : 'change'
      const [category, value] = one[word]!
      if ((category === '__name' ? metric : of[category]) !== value) continue
      if (word === 'deny') return undefined
      metric = one.rename ?? metric
      of = { ...of, ...one.addTags }
      if (word === 'allow') return series(metric, of).key
    }
    return otherwise === 'allow' ? series(metric, of).key : undefined
  }

  it('does what its rules say, one after another', () => {
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 6 }),
        names,
        tags,
        fc.constantFrom('allow' as const, 'deny' as const),
        (plain, metric, of, otherwise) => {
          const rules = plain.map(({ rename, addTags, ...words }: Record<string, unknown>) => ({
            ...Object.fromEntries(
              Object.entries(words).map(([word, pair]) => [word, (pair as string[]).join(':')]),
            ),
            ...(typeof rename === 'string' && { rename }),
            ...(typeof addTags === 'object' && addTags !== null && { addTags }),
          })) as unknown as FilterRule[]
          const verdict = compileFilter(rules, otherwise)(series(metric, of))
          const key =
            verdict === undefined ? undefined : 'series' in verdict ? verdict.series.key : verdict.why
          expect(key).toBe(judge(plain as unknown as Plain[], series(metric, of), otherwise))
        },
      ),
      { numRuns: 3 * numRuns },
    )
  })
})

describe('the bounded table', () => {
  it('is never larger than its bounds, keeps what is asked for, and forgets the rest before twice the time', () => {
    const steps = fc.array(fc.record({ key: fc.nat(8), wait: fc.nat(40) }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (all, maxEntries) => {
        const table = createBoundedTable<{ key: string }>({ maxEntries, maxBytes: 1e9, forgetAfterMs: 100 })
        const foundAt = new Map<string, number>()
        let now = 0
        for (const { key: number, wait } of all) {
          now += wait
          const key = `k${number}`
          const last = foundAt.get(key)
          const found = table.find(key, now) !== undefined
          if (last === undefined || now - last >= 200) expect(found).toBe(false)
          else if (now - last < 100) expect(found).toBe(true)
          const added = !found && table.add(key, { key }, now)
          const recent = [...foundAt.values()].filter((at) => now - at < 100).length
          const perhaps = [...foundAt.values()].filter((at) => now - at < 200).length
          if (added) expect(recent).toBeLessThan(maxEntries)
          if (!found && !added) expect(perhaps).toBeGreaterThanOrEqual(maxEntries)
          if (found || added) foundAt.set(key, now)
          else foundAt.delete(key)
        }
      }),
      { numRuns },
    )
  })
})

describe('the freshness engine', () => {
  it('tells what a look at every millisecond tells', () => {
    const bounds = { silentAfterMs: 20, forgetAfterMs: 50, maxSources: 3 }
    const arrivals = fc.array(fc.record({ at: fc.nat(200), source: fc.constantFrom('a', 'b', 'c', 'd') }), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(arrivals, fc.subarray(['a', 'd']), (all, expected) => {
        const sorted = [...all].sort((a, b) => a.at - b.at)
        const changes = (told: readonly Availability[]): string[] =>
          told.map(({ source, time, available }) => `${source}@${time} ${available ?? 'gone'}`)
        const naive: string[] = []
        const last = new Map<string, number>(expected.map((name) => [name, 0]))
        const state = new Map<string, 0 | 1>()
        for (let now = 0; now <= 300; now += 1) {
          for (const [name, at] of last) {
            if (now - at === 20) {
              state.set(name, 0)
              naive.push(`${name}@${now} 0`)
            }
            if (now - at === 50 && !expected.includes(name)) {
              state.delete(name)
              last.delete(name)
              naive.push(`${name}@${now} gone`)
            }
          }
          for (const { source } of sorted.filter(({ at }) => at === now)) {
            if (!last.has(source) && last.size >= 3) continue
            last.set(source, now)
            if (state.get(source) !== 1) naive.push(`${source}@${now} 1`)
            state.set(source, 1)
          }
        }
        const engine = createFreshnessEngine(bounds, expected, 0)
        const told: string[] = []
        const known = new Map<string, string>()
        const take = (some: readonly Availability[]): void => {
          for (const [at, one] of changes(some).entries()) {
            const { source, available } = some[at]!
            const now = String(available)
            // What it tells again is no change.
            if (known.get(source) === now) continue
            known.set(source, now)
            if (available === undefined) known.delete(source)
            told.push(one)
          }
        }
        let at = 0
        for (let now = 0; now <= 300; now += 1) {
          if (engine.nextDue() <= now) take(engine.advance(now, now))
          for (; sorted[at]?.at === now; at += 1) {
            const some = engine.seen(sorted[at]!.source, now, now)
            if (some !== 'full') take(some)
          }
        }
        expect(told.sort()).toEqual(naive.sort())
      }),
      { numRuns },
    )
  })

  it('tells of every source at least once in the time of silence', () => {
    const engine = createFreshnessEngine({ silentAfterMs: 10, forgetAfterMs: 1000, maxSources: 9 }, ['x'], 0)
    const told: string[] = []
    for (let now = 0; now <= 50; now += 1) {
      for (const { source, available } of engine.advance(now, now))
        told.push(`${now} ${source} ${available ?? ''}`)
      const some = engine.seen('y', now, now)
      if (some !== 'full')
        for (const { source, available } of some) told.push(`${now} ${source} ${available ?? ''}`)
    }
    expect(told).toEqual(
      ['0 y 1', '10 x 0', ...[10, 20, 30, 40, 50].flatMap((now) => [`${now} y 1`, `${now} x 0`])].filter(
        (_, at) => at !== 3,
      ),
    )
  })
})

describe('the skew engine', () => {
  it('gives the median of the last differences', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1e6, max: 1e6 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (all, window) => {
          const engine = createSkewEngine({ periodMs: 0, window, maxSources: 1, forgetAfterMs: 1000 })
          for (const [at, ahead] of all.entries()) {
            const last = all.slice(Math.max(0, at + 1 - window), at + 1).sort((a, b) => a - b)
            const [low, high] = [
              last[Math.floor((last.length - 1) / 2)]!,
              last[Math.ceil((last.length - 1) / 2)]!,
            ]
            expect(engine.take('a', ahead, 5)).toBe((low + high) / 2)
          }
          expect(engine.take('b', 1, 5)).toBe(all.length === 0 ? 1 : 'full')
        },
      ),
      { numRuns },
    )
  })
})
