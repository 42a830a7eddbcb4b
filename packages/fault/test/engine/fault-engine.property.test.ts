import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { createFaultEngine, type FaultEngine } from '../../src/engine.ts'
import { type FaultChange, type FaultEvent, parseRuleSets, ruleSet, series } from '../../src/index.ts'
import { type Delivery, oracle, type Told } from './oracle.ts'

// A long fuzz, FC_NUM_RUNS=20000, takes its time.
vi.setConfig({ testTimeout: 600_000 })

const ruleSets = parseRuleSets([
  ruleSet('levels').select('__name:*').above(80, 1).above(50, 3).absentFor('20s', 2).build(),
  ruleSet('silences')
    .select('__name:*')
    .absentFor('60s', 1)
    .below(20, 4)
    .absentFor('15s', 3)
    .above(90, 3)
    .build(),
  ruleSet('averages').select('__name:*').average('5m').above(60, 1).below(10, 5).absentFor('30s', 2).build(),
  ruleSet('filled').select('__name:*').average('1m', '25s').above(40, 2).build(),
  ruleSet('changes').select('__name:*').changed(4).build(),
  ruleSet('texts').select('__name:*').contains('x', 2).notEquals('ok', 3).absentFor('10s', 1).build(),
  ruleSet('alive').select('__name:*').absentFor('25s', 5).build(),
])
const limits = { staleAfterMs: 10_000, maxFutureMs: 10_000, maxInstances: 1000 }
const names = ['a', 'b', 'c'].map((name) => series(name))
const start = 1_000_000

/** Values, ages on both sides of each limit, and steps from nothing to longer than each silence. */
const delivery = fc.record({
  which: fc.nat(2),
  stepMs: fc.constantFrom(0, 0, 1000, 1000, 2000, 5000, 12_000, 31_000, 90_000),
  ageMs: fc.constantFrom(0, 0, 0, 0, 1000, 4000, 10_000, 11_000, -9000, -10_000, -11_000),
  delayMs: fc.constantFrom(undefined, undefined, undefined, 0, 12_000),
  value: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 10 }).map((n) => n * 10) },
    { weight: 2, arbitrary: fc.constantFrom('ok', 'x', 'y', 'xy') },
    { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, { bins: [] }) },
  ),
})

const deliveries = fc.array(delivery, { maxLength: 60 }).map((steps) => {
  let now = start
  return steps.map(({ which, stepMs, ageMs, delayMs, value }): Delivery => {
    now += stepMs
    const time = now - ageMs
    return {
      now,
      sample: {
        series: names[which]!,
        time,
        value,
        kind: 'gauge',
        ...(delayMs === undefined ? {} : { receivedAt: time + delayMs }),
      },
    }
  })
})

const engineOf = (sets = ruleSets): FaultEngine => createFaultEngine(sets, limits)
const endOf = (given: readonly Delivery[]): number => (given.at(-1)?.now ?? start) + 200_000

/** Without a word on what was open before, an engine tells changes only. */
function run(engine: FaultEngine, given: readonly Delivery[], end?: number): FaultChange[] {
  const events = given.flatMap(({ sample, now }) => engine.sample(sample, now).events)
  return (end === undefined ? events : [...events, ...engine.advance(end).events]) as FaultChange[]
}

describe('the fault engine', () => {
  it('tells what the plain oracle tells, for each rule set and series', () => {
    fc.assert(
      fc.property(deliveries, (given) => {
        const events = run(engineOf(), given, endOf(given))
        for (const set of ruleSets) {
          for (const { key } of names) {
            const told = events
              .filter((event) => event.ruleSet === set.id && event.series.key === key)
              .map(({ type, severity, time, cause }): Told => ({ type, severity, time, value: cause.value }))
            const own = given.filter(({ sample }) => sample.series.key === key)
            expect({ set: set.id, key, told }).toEqual({
              set: set.id,
              key,
              told: oracle(set, own, endOf(given)),
            })
          }
        }
      }),
    )
  })

  it('tells the same whenever advance is called in between', () => {
    fc.assert(
      fc.property(
        deliveries,
        fc.array(fc.tuple(fc.nat(60), fc.nat(100_000)), { maxLength: 40 }),
        (given, extra) => {
          const plain = engineOf()
          const whole = given.map(({ sample, now }) => plain.sample(sample, now))
          const last = plain.advance(endOf(given))
          const split = engineOf()
          const outputs = given.map(({ sample, now }, index) => {
            const before = given[index - 1]?.now ?? start
            const ticks = extra.filter(([at]) => at === index).map(([, ms]) => Math.min(before + ms, now))
            const early = ticks.sort((a, b) => a - b).flatMap((tick) => split.advance(tick).events)
            const { events, problems } = split.sample(sample, now)
            return { events: [...early, ...events], problems }
          })
          expect(outputs).toEqual(whole)
          expect(split.advance(endOf(given))).toEqual(last)
        },
      ),
    )
  })

  it('tells each silence at its own time when it is woken only at nextDue', () => {
    fc.assert(
      fc.property(deliveries, (given) => {
        const live = engineOf()
        const events: FaultEvent[] = []
        const wakeUntil = (until: number): void => {
          for (let due = live.nextDue(); due <= until; due = live.nextDue()) {
            for (const event of live.advance(due).events) {
              // An absence armed by a sample from the past may be due before the clock says so; it is never told late.
              expect(event.time).toBeGreaterThanOrEqual(due)
              events.push(event)
            }
          }
        }
        for (const { sample, now } of given) {
          wakeUntil(now)
          events.push(...live.sample(sample, now).events)
        }
        wakeUntil(endOf(given))
        expect(events).toEqual(run(engineOf(), given, endOf(given)))
      }),
    )
  })

  it('opens, then changes, then clears, with ids of their own and in order of time', () => {
    fc.assert(
      fc.property(deliveries, (given) => {
        const events = run(engineOf(), given, endOf(given))
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
        const open = new Map<string, FaultChange>()
        const times = new Map<string, number>()
        for (const event of events) {
          const place = `${event.ruleSet}|${event.series.key}`
          const before = open.get(place)
          expect(event.type === 'opened').toBe(before === undefined)
          if (before !== undefined) expect(event.fault).toBe(before.fault)
          if (event.type === 'severity') {
            expect(event.previousSeverity).toBe(before?.severity)
            expect(event.severity).not.toBe(before?.severity)
          }
          expect(event.time).toBeGreaterThanOrEqual(times.get(place) ?? 0)
          times.set(place, event.time)
          if (event.type === 'cleared') open.delete(place)
          else open.set(place, event)
          // The sample is what came in, JSON or not.
          const { sample, ...facts } = event
          expect(sample === undefined).toBe(event.cause.reason === 'absent')
          expect(JSON.parse(JSON.stringify(facts))).toEqual({
            ...facts,
            series: { ...event.series, tags: {} },
          })
        }
      }),
    )
  })
})

const openFaults = (events: readonly FaultChange[]): FaultChange[] => {
  const open = new Map<string, FaultChange>()
  for (const event of events) {
    if (event.type === 'cleared') open.delete(event.fault)
    else open.set(event.fault, event)
  }
  return [...open.values()]
}

describe('a restart of which nobody tells', () => {
  it('adds nothing but one normal for each pair that was first found well', () => {
    fc.assert(
      fc.property(deliveries, (given) => {
        const changes = run(engineOf(), given, endOf(given))
        const engine = engineOf()
        expect(engine.restore(undefined, start).events).toEqual([])
        const events: FaultEvent[] = run(engine, given, endOf(given))
        const place = ({ ruleSet, series }: FaultEvent): string => `${ruleSet}|${series.key}`
        const normal = events.filter(({ type }) => type === 'normal').map(place)
        expect(new Set(normal).size).toBe(normal.length)
        for (const name of new Set(changes.map(place))) {
          const first = events.find((event) => place(event) === name)
          expect(first?.type).toBe(normal.includes(name) ? 'normal' : 'opened')
        }
        // A fault that opens within the same millisecond opens in the next, so that types are compared and not times.
        const brief = (event: FaultEvent): string => `${event.type} ${place(event)}`
        expect(events.filter(({ type }) => type !== 'normal').map(brief)).toEqual(changes.map(brief))
      }),
    )
  })
})

describe('a restart with the open faults', () => {
  it('never opens an open fault again and never forgets to clear one', () => {
    fc.assert(
      fc.property(deliveries, fc.nat(60), (given, cut) => {
        const before = run(engineOf(), given.slice(0, cut))
        const kept = openFaults(before)
        const engine = engineOf()
        const now = given[cut]?.now ?? endOf(given)
        expect(engine.restore(JSON.parse(JSON.stringify(kept)) as FaultChange[], now).events).toEqual([])
        // At last each series comes back with a good number, and then with a good text.
        const end = endOf(given)
        const good = names.flatMap((name): Delivery[] =>
          [35, 35, 'ok', 'ok'].map((value, index) => ({
            now: end + index,
            sample: { series: name, time: end + index, value, kind: 'gauge' },
          })),
        )
        // What cleared before the restart is forgotten: a sample from then, delivered now, could open it under its old name.
        const last = Math.max(...given.slice(0, cut).map(({ sample, now }) => Math.max(sample.time, now)))
        const later = given.slice(cut).filter(({ sample }) => sample.time > last)
        const after = run(engine, [...later, ...good.sort((a, b) => a.now - b.now)])
        const events = [...before, ...after]
        for (const fault of new Set(events.map(({ fault }) => fault))) {
          const types = events.filter((event) => event.fault === fault).map(({ type }) => type)
          expect(types.filter((type) => type === 'opened')).toEqual(['opened'])
          expect(types[0]).toBe('opened')
          expect(types.filter((type) => type === 'cleared').length).toBeLessThanOrEqual(1)
        }
        for (const fault of kept) {
          if (fault.ruleSet === 'averages' || fault.ruleSet === 'filled') continue
          expect(after.filter((event) => event.fault === fault.fault).map(({ type }) => type)).toContain(
            'cleared',
          )
        }
      }),
    )
  })

  it('goes unnoticed where rules look at the present value only and samples come in order', () => {
    const present = ruleSets.map((set) => ({
      ...set,
      rules: set.rules.filter(({ when }) => !('absentFor' in when)),
    }))
    const plain = parseRuleSets(
      present.filter(({ id }) => id === 'levels' || id === 'silences' || id === 'texts'),
    )
    fc.assert(
      fc.property(deliveries, fc.nat(60), (given, cut) => {
        const inOrder = given.map(({ sample }, index): Delivery => {
          const now = start + index * 1000
          return { now, sample: { ...sample, time: now, receivedAt: now } }
        })
        const before = run(engineOf(plain), inOrder.slice(0, cut))
        const engine = engineOf(plain)
        engine.restore(openFaults(before), start + cut * 1000)
        expect([...before, ...run(engine, inOrder.slice(cut))]).toEqual(run(engineOf(plain), inOrder))
      }),
    )
  })
})
