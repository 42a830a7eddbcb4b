import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultChange, type FaultEvent, type FaultOutput } from '../../src/engine.ts'
import type { RuleSet } from '../../src/model/rule-set.ts'
import type { Delivery } from '../oracle/arrivals.ts'
import { anyHistory, type HistoryShape } from './any-history.ts'
import { anyGroupTerm, anyRules, anyTerm, type RuleShape } from './any-rules.ts'
import { checkLife } from './check-life.ts'
import { afterwardsMs } from './judge.ts'
import { type Drive, eventsOf } from './run-engine.ts'

const names = ['m a', 'm b', 'm c', 'm']
const history = (more: Partial<HistoryShape> = {}): fc.Arbitrary<readonly Delivery[]> =>
  anyHistory({ names, texts: true, sources: ['a', 'b'], mostSamples: 40, ...more })

const everything: RuleShape = { absences: true, windows: true, mutes: true, texts: true, trees: true }
const ruleSets: fc.Arbitrary<readonly RuleSet[]> = fc.tuple(
  anyRules({ ...everything, terms: anyTerm, id: 'series', select: '__name:*' }),
  anyRules({
    ...{ ...everything, texts: false, terms: anyGroupTerm, members: true, id: 'group' },
    group: { by: ['dc'], combine: 'sum' },
  }),
)

const endOf = (deliveries: readonly Delivery[]): number => (deliveries.at(-1)?.now ?? 0) + afterwardsMs

/** Whole events, by rule set and series: between them no order is promised. */
function told(
  sets: readonly RuleSet[],
  deliveries: readonly Delivery[],
  drive: Drive = {},
): Record<string, FaultEvent[]> {
  const events: Record<string, FaultEvent[]> = {}
  for (const { event } of eventsOf(sets, deliveries, endOf(deliveries), drive))
    (events[`${event.ruleSet} ${event.series.key}`] ??= []).push(event)
  return events
}

const check = (
  judge: (sets: readonly RuleSet[], deliveries: readonly Delivery[], index: number) => void,
  more?: Partial<HistoryShape>,
): void => {
  fc.assert(fc.property(ruleSets, history(more), fc.nat(39), judge))
}

describe('nothing shows', () => {
  it('of when the clock is asked', () => {
    check((sets, deliveries) => {
      expect(told(sets, deliveries, { ticks: true })).toEqual(told(sets, deliveries, { ticks: false }))
    })
  })

  it('of what is delivered together', () => {
    check((sets, deliveries) => {
      const engine = createFaultEngine(sets, { sources: false })
      const events: Record<string, FaultEvent[]> = {}
      for (const now of new Set(deliveries.map((one) => one.now))) {
        const batch = deliveries.filter((one) => one.now === now).map(({ sample }) => sample)
        for (const event of engine.batch(batch, now).events)
          (events[`${event.ruleSet} ${event.series.key}`] ??= []).push(event)
      }
      for (const event of engine.advance(endOf(deliveries)).events)
        (events[`${event.ruleSet} ${event.series.key}`] ??= []).push(event)
      expect(events).toEqual(told(sets, deliveries, { ticks: false }))
    })
  })

  it('of a restart from a snapshot, wherever it is', () => {
    check((sets, deliveries, at) => {
      const restarted = told(sets, deliveries, {
        before: (engine, index) =>
          index === at % deliveries.length
            ? createFaultEngine(sets, { sources: false, snapshot: engine.snapshot() })
            : engine,
      })
      expect(restarted).toEqual(told(sets, deliveries))
    })
  })

  it('of equal rule sets that are set again, wherever it is', () => {
    check((sets, deliveries, at) => {
      const again = told(sets, deliveries, {
        before: (engine, index, take) => {
          if (index === at % deliveries.length)
            take(engine.setRuleSets(structuredClone(sets), deliveries[index]?.now ?? 0))
          return engine
        },
      })
      expect(again).toEqual(told(sets, deliveries))
    })
  })

  it('of a restart and of another rule set that comes and goes, before each sample', () => {
    const other: RuleSet = { id: 'other', select: '__name:*', rules: [{ severity: 5, when: { above: 1 } }] }
    const disturbed = (sets: readonly RuleSet[], deliveries: readonly Delivery[]): unknown => {
      const open = new Map<string, FaultChange>()
      const own = (output: FaultOutput): FaultOutput => {
        const events = output.events.filter(({ ruleSet }) => ruleSet !== other.id)
        for (const event of events) {
          if (event.type === 'cleared') open.delete(event.fault)
          else if (event.type !== 'muted' && event.type !== 'normal') open.set(event.fault, event)
        }
        return { ...output, events }
      }
      let engine = createFaultEngine(sets, { sources: false })
      const events: Record<string, FaultEvent[]> = {}
      const take = (output: FaultOutput): void => {
        for (const event of own(output).events)
          (events[`${event.ruleSet} ${event.series.key}`] ??= []).push(event)
      }
      for (const { now, sample } of deliveries) {
        take(engine.advance(now))
        engine = createFaultEngine(sets, { sources: false, snapshot: engine.snapshot() })
        take(engine.restore([...open.values()], now))
        take(engine.setRuleSets([other, ...sets], now))
        take(engine.setRuleSets(sets, now))
        take(engine.sample(sample, now))
      }
      take(engine.advance(endOf(deliveries)))
      return events
    }
    check(
      (sets, deliveries) => {
        expect(disturbed(sets, deliveries)).toEqual(told(sets, deliveries))
      },
      { markers: true, corrections: true, mostSamples: 12 },
    )
  })

  it('of other series in the same engine', () => {
    check((sets, deliveries) => {
      const alone = sets.filter(({ by }) => by === undefined)
      const whole = told(alone, deliveries)
      const apart = names.map((name) => {
        const key = name === 'm' ? 'm' : `host:${name.slice(2)}`
        const own = deliveries.filter(({ sample }) =>
          key === 'm' ? sample.series.key === 'm' : sample.series.key.includes(key),
        )
        const events: Record<string, FaultEvent[]> = {}
        for (const { event } of eventsOf(alone, own, endOf(deliveries)))
          (events[`${event.ruleSet} ${event.series.key}`] ??= []).push(event)
        return events
      })
      expect(Object.assign({}, ...apart)).toEqual(whole)
    })
  })

  it('of samples that are delivered twice', () => {
    check((sets, deliveries, at) => {
      const twice = deliveries.flatMap((one, index) => (index % 3 === at % 3 ? [one, one] : [one]))
      expect(told(sets, twice)).toEqual(told(sets, deliveries))
    })
  })

  it('of disorder within the time that samples are held back', () => {
    const reorderMs = 5000
    fc.assert(
      fc.property(
        ruleSets,
        fc.array(
          fc.tuple(
            fc.constantFrom(...names),
            fc.integer({ min: 1, max: 30_000 }),
            fc.constantFrom(0, 10, 80.1, 95, 'down'),
            fc.nat(4999),
          ),
          { minLength: 1, maxLength: 30 },
        ),
        (sets, steps) => {
          let time = Date.parse('2026-01-05T21:58:00Z')
          const taken = steps.map(([name, step, value, late]) => {
            time += step
            const [metric = 'm', host] = name.split(' ')
            const series =
              host === undefined
                ? { key: 'm', metric, tags: {} }
                : { key: `m|ST[dc:fra,host:${host}]`, metric, tags: { dc: 'fra', host } }
            return { sample: { series, time, value }, now: time, late: time + late }
          })
          const late = taken
            .map(({ sample, late: now }) => ({ sample, now }))
            .toSorted((a, b) => a.now - b.now)
          const options = { reorderMs }
          expect(told(sets, late, { options })).toEqual(told(sets, taken, { options }))
        },
      ),
    )
  })
})

describe('events of a fault', () => {
  it('begin with an opening and end with at most one end, in order of time', () => {
    check(
      (sets, deliveries) => {
        for (const events of Object.values(told(sets, deliveries))) checkLife(events)
      },
      { markers: true, corrections: true },
    )
  })

  it('are none of a rule set that is taken away, whose memory is given back', () => {
    check((sets, deliveries) => {
      const engine = createFaultEngine(sets, { sources: false })
      for (const { sample, now } of deliveries) engine.sample(sample, now)
      const last = deliveries.at(-1)?.now ?? 0
      const { events } = engine.setRuleSets([], last)
      engine.advance(last)
      expect(events.every((event) => event.cause.reason === 'removed')).toBe(true)
      expect(engine.stats).toMatchObject({ instances: 0, open: 0, groups: 0 })
      engine.advance(last + 40 * 86_400_000)
      expect(engine.stats.series).toBe(0)
    })
  })
})
