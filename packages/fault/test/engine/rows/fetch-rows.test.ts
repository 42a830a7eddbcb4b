import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultInput, series } from '../../../src/engine.ts'
import { watch } from '../recorder.ts'

const rules = watch([
  { when: { above: 95 }, severity: 1 },
  { when: { of: { average: '1m' }, above: 80 }, severity: 3 },
  { when: { absentFor: '30s' }, severity: 2 },
])

/** Hosts that send out of turn, fall silent, are forgotten, and come again, many times within one batch. */
function history(count: number): readonly FaultInput[] {
  let seed = 7
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const hosts = Array.from({ length: 20 }, (_, host) => series('m', { host: `h${host}` }))
  return Array.from({ length: count }, (_, index): FaultInput => {
    const known = hosts[draw(hosts.length)] ?? series('m')
    // Some senders make a new object each time.
    const own = draw(4) === 0 ? { ...known } : known
    const kind = draw(6) === 0 ? 'stale' : 'gauge'
    return { series: own, time: index * 100, value: 60 + draw(50), kind }
  })
}

describe('rows that are looked up ahead', () => {
  it('change nothing of what a batch tells, though series are forgotten and come again within it', () => {
    const samples = history(5000)
    const one = createFaultEngine([rules])
    const many = createFaultEngine([rules])
    for (let from = 0; from < samples.length; from += 500) {
      const batch = samples.slice(from, from + 500)
      const now = batch.at(-1)?.time ?? 0
      const events = batch.flatMap((sample) => one.sample(sample, now).events)
      expect(many.batch(batch, now).events).toEqual(events)
    }
    expect(many.stats).toEqual(one.stats)
    expect(one.stats.events).toBeGreaterThan(500)
  })

  it('are none for a sample that has no series, though the series that followed was forgotten', () => {
    const engine = createFaultEngine([rules])
    const [a, b] = [series('m', { host: 'a' }), series('m', { host: 'b' })]
    const of = (one: unknown, time: number, kind: FaultInput['kind'] = 'gauge'): FaultInput =>
      ({ series: one, time, value: 1, kind }) as FaultInput
    // What follows a is b, until b is gone.
    const ordered = [of(a, 1), of(b, 2), of(a, 3), of(b, 4), of(b, 5, 'stale'), of(a, 6), of(undefined, 7)]
    expect(engine.batch(ordered, 7).problems.map(({ reason }) => reason)).toEqual(['bad-series'])
    const other = createFaultEngine([rules])
    const problems = ordered.flatMap((sample) => other.sample(sample, 7).problems)
    expect(problems.map(({ reason }) => reason)).toEqual(['bad-series'])
    expect([engine.stats.refused, other.stats.refused]).toEqual([1, 1])
  })
})
