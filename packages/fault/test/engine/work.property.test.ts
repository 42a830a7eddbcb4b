import fc from 'fast-check'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'

import type { FaultEvent, FaultInput } from '../../src/engine.ts'
import type * as TellDueModule from '../../src/engine/tell-due.ts'
import type { RuleSet } from '../../src/model/rule-set.ts'
import type { Delivery } from '../oracle/arrivals.ts'
import { anyHistory } from '../properties/any-history.ts'
import { anyGroupTerm, anyRules, anyTerm, type RuleShape } from '../properties/any-rules.ts'
import { afterwardsMs } from '../properties/judge.ts'
import { watch } from './recorder.ts'

type TellDue = typeof TellDueModule

const control = vi.hoisted(() => ({ work: 10_000, catchesUp: true }))
vi.mock('../../src/engine/work.ts', async (original) => ({
  ...(await original()),
  get workOfStep() {
    return control.work
  },
}))
vi.mock('../../src/engine/tell-due.ts', async (original) => {
  const real = await original<TellDue>()
  const catchUp: TellDue['catchUp'] = (state) => control.catchesUp && real.catchUp(state)
  return { ...real, catchUp }
})
// Files share their modules: those of before know nothing of the control, and those of after need not.
vi.resetModules()
const { createFaultEngine, series } = await import('../../src/engine.ts')
afterAll(() => vi.resetModules())
afterEach(() => {
  control.work = 10_000
  control.catchesUp = true
})

const everything: RuleShape = { absences: true, windows: true, mutes: true, texts: true, trees: true }
const ruleSets: fc.Arbitrary<readonly RuleSet[]> = fc.tuple(
  anyRules({ ...everything, terms: anyTerm, id: 'series', select: '__name:*' }),
  anyRules({
    ...{ ...everything, texts: false, terms: anyGroupTerm, members: true, id: 'group' },
    group: { by: ['dc'], combine: 'sum' },
  }),
)
const names = ['m a', 'm b', 'm c', 'm d', 'm e', 'm f', 'm']
const history = anyHistory({ names, texts: true, sources: ['a', 'b'], mostSamples: 40 })

/** What an engine tells that may do so much in a call, and is asked as often as it wants at the end only. */
function told(
  work: number,
  sets: readonly RuleSet[],
  deliveries: readonly Delivery[],
  sources = true,
): Record<string, FaultEvent[]> {
  control.work = work
  const engine = createFaultEngine(sets, { sources })
  const events: Record<string, FaultEvent[]> = {}
  const take = (some: readonly FaultEvent[]): void => {
    for (const event of some) (events[`${event.ruleSet} ${event.series.key}`] ??= []).push(event)
  }
  for (const { sample, now } of deliveries) take(engine.sample(sample, now).events)
  const end = (deliveries.at(-1)?.now ?? 0) + afterwardsMs
  do take(engine.advance(end).events)
  while (engine.nextDue() <= end)
  return events
}

const check = (sets: readonly RuleSet[], deliveries: readonly Delivery[], sources: boolean): void => {
  expect(told(1, sets, deliveries, sources)).toEqual(told(1_000_000, sets, deliveries, sources))
}
const withGroups = fc.property(ruleSets, history, (sets, deliveries) => {
  check(sets, deliveries, false)
})
const withSources = fc.property(ruleSets, history, (sets, deliveries) => {
  check(sets, deliveries, true)
})

describe('the work of a call', () => {
  it('does not show in what is told of each series and group', () => {
    fc.assert(withGroups)
  })

  it('does not show where series have sources, which are silent as one', () => {
    fc.assert(withSources)
  })

  it('would show in both if samples did not wait for what is due of others', () => {
    control.catchesUp = false
    expect(fc.check(withGroups, { endOnFailure: true, numRuns: 300 }).failed).toBe(true)
    expect(fc.check(withSources, { endOnFailure: true, numRuns: 300 }).failed).toBe(true)
  })

  it('is not what a source that speaks again waits for: its silence is one fault, however much is due', () => {
    const deliveries: Delivery[] = []
    const send = (host: number, second: number, source: string): void => {
      const sample: FaultInput = {
        ...{ series: series('m', { host: `${host}` }), time: second * 1000, value: 1, kind: 'gauge', source },
      }
      deliveries.push({ sample, now: second * 1000 })
    }
    for (let host = 0; host < 20; host += 1) send(host, 0, host < 10 ? 'a' : 'b')
    for (let second = 10; second <= 60; second += 10)
      for (let host = 10; host < 20; host += 1) send(host, second, 'b')
    send(3, 101, 'a')
    const sets = [watch([{ when: { absentFor: '60s' }, severity: 3 }])] as unknown as readonly RuleSet[]
    const events = Object.values(told(1, sets, deliveries)).flat()
    const early = events.filter(({ time }) => time < 110_000)
    expect(early.map(({ series: { key }, type, time }) => `${key} ${type} ${time / 1000}`)).toEqual([
      'tocsin.source|ST[source:a] opened 60',
      'tocsin.source|ST[source:a] cleared 101',
    ])
  })

  it('keeps no room that silence gives back from a series that is new', () => {
    const of = (host: string, time: number): FaultInput => ({
      ...{ series: series('m', { host }), time, value: 1, kind: 'gauge' },
    })
    const counts = [1, 1_000_000].map((work) => {
      control.work = work
      const rules = watch([{ when: { above: 90 }, severity: 1 }], { forgetAfter: '1h' })
      const engine = createFaultEngine([rules], { maxInstances: 10 })
      for (let host = 0; host < 10; host += 1) engine.sample(of(`old ${host}`, 0), 0)
      for (let host = 0; host < 10; host += 1) engine.sample(of(`new ${host}`, 4_000_000), 4_000_000)
      return engine.stats
    })
    expect(counts[0]).toEqual(counts[1])
    expect(counts[0]).toMatchObject({ refused: 0, series: 10 })
  })
})
