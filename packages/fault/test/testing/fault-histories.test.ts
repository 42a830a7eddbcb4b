import { series } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFaultEngine } from '../../src/engine.ts'
import type { FaultEvent, RuleSet } from '../../src/engine.ts'
import { anyFaultHistory, anyRuleSet, anySamples } from '../../src/testing/arbitraries.ts'
import { faultHistoryFlaws } from '../../src/testing/index.ts'
import { anyHistory } from '../properties/any-history.ts'
import { anyRules } from '../properties/any-rules.ts'
import { afterwardsMs } from '../properties/judge.ts'
import { eventsOf } from '../properties/run-engine.ts'

const drawn = fc.sample(anyFaultHistory(), { numRuns: 500, seed: 1 })
const all = drawn.flat()
const muted = all.flatMap((event) => (event.type === 'muted' ? [event] : []))

describe('arbitrary histories of faults', () => {
  it('are legal', () => {
    fc.assert(
      fc.property(anyFaultHistory(), (events) => {
        expect(faultHistoryFlaws(events)).toEqual([])
      }),
    )
  })

  it('are in order of time, and plain JSON', () => {
    fc.assert(
      fc.property(anyFaultHistory(), (events) => {
        expect(events.map(({ time }) => time)).toEqual(
          events.map(({ time }) => time).toSorted((a, b) => a - b),
        )
        expect(JSON.parse(JSON.stringify(events))).toEqual(events)
      }),
    )
  })

  it.each(['normal', 'opened', 'severity', 'reason', 'cleared', 'muted'])('hold %s', (type) => {
    expect(all.filter((event) => event.type === type).length).toBeGreaterThan(20)
  })

  it.each(['opened', 'severity', 'cleared'])('hold %s under a mute', (change) => {
    expect(muted.filter((event) => event.change === change).length).toBeGreaterThan(20)
  })

  it.each<readonly [string, (events: readonly FaultEvent[]) => boolean]>([
    ['nothing at all', (events) => events.length === 0],
    ['several series', (events) => new Set(events.map((event) => event.series.key)).size > 2],
    [
      'what was muted and is told later',
      (events) => events.some((e) => e.type === 'opened' && e.time > e.openedAt),
    ],
    ['silences', (events) => events.some(({ cause }) => cause.reason === 'absent')],
    ['series that are gone', (events) => events.some(({ cause }) => cause.reason === 'gone')],
    ['rules that were removed', (events) => events.some(({ cause }) => cause.reason === 'removed')],
    ['rules that were edited', (events) => events.some(({ cause }) => cause.reason === 'edited')],
    ['what is open at the end', (events) => !['cleared', 'normal'].includes(events.at(-1)?.type ?? 'normal')],
    ['events of one moment', (events) => events.some(({ time }, index) => time === events[index + 1]?.time)],
  ])('hold %s', (_, holds) => {
    expect(drawn.some(holds)).toBe(true)
  })

  it('leave out what is not asked for', () => {
    const options = { mutes: false, normal: false, series: [series('load')], maxFaults: 1, start: 5000 }
    for (const events of fc.sample(anyFaultHistory(options), { numRuns: 200, seed: 1 })) {
      expect(events.filter(({ type }) => type === 'muted' || type === 'normal')).toEqual([])
      expect(events.filter((event) => event.series.key !== 'load' || event.time < 5000)).toEqual([])
      expect(events.filter(({ type }) => type === 'opened').length).toBeLessThan(2)
    }
  })

  it('shrink to one fault that opens and ends', () => {
    const failed = fc.check(
      fc.property(anyFaultHistory(), (events) => !events.some(({ type }) => type === 'cleared')),
      { seed: 1 },
    )
    expect(failed.counterexample?.[0].map(({ text }) => text)).toEqual([
      'disk: 75 is above 70',
      'disk: cleared after 1s, 1 is not above 70',
    ])
  })
})

/** The history of one fault, for what can be wrong with it. */
const good =
  fc
    .sample(anyFaultHistory({ series: [series('load')], normal: false, maxFaults: 1 }), {
      numRuns: 500,
      seed: 2,
    })
    .find(
      (events) =>
        ['opened', 'severity', 'reason', 'cleared'].every((type) => events.some((e) => e.type === type)) &&
        events[0]?.type === 'opened',
    ) ?? []
const held = drawn.find(([first]) => first?.type === 'muted') ?? []
const without = (type: string) => good.filter((event) => event.type !== type)
const edited = (type: string, more: object) =>
  good.map((event) => (event.type === type ? { ...event, ...more } : event))

const sameSeverity = good.map((event): FaultEvent =>
  event.type === 'severity' ? { ...event, severity: event.previousSeverity ?? 1 } : event,
)

describe('what is wrong with a history', () => {
  it.each<readonly [string, readonly FaultEvent[], RegExp]>([
    ['it has no opening', without('opened'), /is of no open fault/],
    ['it opens twice', [...good.slice(0, 1), ...good], /opens what is open/],
    ['it clears twice', [...good, ...good.slice(-1)], /is of no open fault/],
    ['a fault comes back', [...good, ...good], /opens .* again/],
    ['an id comes twice', edited('severity', { id: good[0]?.id }), /has the id of another event/],
    ['time goes back', edited('cleared', { time: 0 }), /is of 0, before/],
    ['there is no time', edited('cleared', { time: NaN }), /has no time, but NaN/],
    ['the fault is another one', edited('cleared', { fault: 'x' }), /is of x, while load\|load/],
    ['its beginning moves', edited('cleared', { openedAt: 1 }), /which was of/],
    ['the severity is as before', sameSeverity, /as before/],
    ['the severity before is another one', edited('severity', { previousSeverity: 9 }), /and says 9/],
    ['a severity goes with its end', edited('cleared', { severity: 9 }), /has severity 9/],
    ['a reason has a severity before', edited('reason', { previousSeverity: 1 }), /is no change of it/],
    ['it is told before it began', edited('opened', { openedAt: 1 }), /and its fault of 1/],
    [
      'a told fault is held back',
      edited('cleared', { type: 'muted', change: 'cleared' }),
      /though its fault was told/,
    ],
    [
      'it is normal while it is open',
      [...good.slice(0, 1), { ...good[0], type: 'normal', id: 'n' } as FaultEvent],
      /while a fault is open/,
    ],
    [
      'a held fault is cleared aloud',
      held.slice(0, 1).flatMap((event) => [event, { ...event, type: 'cleared', id: 'x' } as FaultEvent]),
      /of a fault that is held back/,
    ],
  ])('is found where %s', (_, events, flaw) => {
    expect(good.length).toBeGreaterThan(3)
    expect(faultHistoryFlaws(events).join('\n')).toMatch(flaw)
  })

  it('is nothing where all is as it must be', () => {
    expect(faultHistoryFlaws(good)).toEqual([])
    expect(faultHistoryFlaws(held)).toEqual([])
  })
})

describe('what an engine tells', () => {
  const everything = { absences: true, windows: true, mutes: true, texts: true, trees: true }
  const ruleSets: fc.Arbitrary<readonly RuleSet[]> = fc.tuple(
    anyRules({ ...everything, id: 'series', select: '__name:*' }),
    anyRules({ ...everything, texts: false, id: 'group', group: { by: ['dc'], combine: 'sum' } }),
  )
  const shape = {
    texts: true,
    oddities: 'all',
    sources: ['a', 'b'],
    markers: true,
    corrections: true,
  } as const
  const histories = anyHistory({ ...shape, names: ['m a', 'm b', 'm c', 'm'], mostSamples: 60 })

  it('is a legal history, with markers, corrections, disorder and mutes', () => {
    let told = 0
    fc.assert(
      fc.property(ruleSets, histories, (sets, deliveries) => {
        const end = (deliveries.at(-1)?.now ?? 0) + afterwardsMs
        const events = eventsOf(sets, deliveries, end).map(({ event }) => event)
        told += events.length
        expect(faultHistoryFlaws(events)).toEqual([])
      }),
    )
    expect(told).toBeGreaterThan(100)
  })

  it('is a legal history of any rule set, where nobody knows what was open', () => {
    fc.assert(
      fc.property(anyRuleSet(), anySamples(), (ruleSet, { list }) => {
        const engine = createFaultEngine([ruleSet])
        const arrivals = list.map((sample) => ({ sample, now: sample.receivedAt ?? sample.time }))
        const events = [...engine.restore(undefined, arrivals[0]?.now ?? 0).events]
        let now = -Infinity
        for (const arrival of arrivals) {
          now = Math.max(now, arrival.now)
          events.push(...engine.sample(arrival.sample, now).events)
        }
        events.push(...engine.advance(now + 86_400_000).events)
        expect(faultHistoryFlaws(events)).toEqual([])
      }),
    )
  })
})
