import fc from 'fast-check'
import { expect, it } from 'vitest'

import { applyRecord } from '../server/log/apply-record.ts'
import { defaultBounds, emptyState, prune } from '../server/log/fault-state.ts'
import type { FaultState } from '../server/log/fault-state.ts'
import { fromStored, toStored } from '../server/log/records.ts'
import type { FaultRecord } from '../server/log/records.ts'
import type { Severity } from '../server/wire.ts'

const time = fc.integer({ min: 0, max: 100 })
const severity = fc.constantFrom<Severity>(1, 2, 3, 4, 5)
const fault = fc.constantFrom('f1', 'f2')
const alert = fc.constantFrom('a1', 'a2')
const entry = fc.constantFrom('e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6')
const target = fc.constantFrom('mail', 'webhook')
const notification = fc.constantFrom('n1', 'n2', 'n3')
const id = fc.constantFrom('w1', 'w2')

const of = <Type extends FaultRecord['type'], Fields extends object>(
  type: Type,
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
) => fc.record({ type: fc.constant(type), ...fields })

const telling = { alert, target, time }
const found = of('found', {
  change: fc.constantFrom('opened', 'severity', 'cleared'),
  id: entry,
  fault,
  ruleSet: fc.constant('queue'),
  series: fc.constant({ key: 'jobs', metric: 'jobs', tags: {} }),
  severity,
  openedAt: time,
  time,
  judgement: fc.record({ is: fc.constant('above'), threshold: time, value: time, sampleTime: time }),
  text: fc.constant('jobs: it is so'),
})
const named = of('alert', { alert, fault, windows: fc.subarray(['w1', 'w2']), time })
const answered = fc.oneof(
  of('answered', { alert, entry, isEnd: fc.boolean(), severity }),
  of('answered', { alert, entry, isEnd: fc.constant(false), severity, again: fc.constant(true) }),
  of('ended', { id: entry, alert, time, reason: fc.constant('command'), by: fc.constant('ann') }),
)
const told = fc.oneof(
  of('telling', { ...telling, is: fc.constant('waiting'), until: time }),
  of('telling', {
    ...telling,
    is: fc.constant('held'),
    reason: fc.constantFrom('maintenance', 'acknowledged', 'never-told', 'flapping'),
  }),
  of('telling', { ...telling, is: fc.constant('planned'), notification, isEnd: fc.boolean(), severity }),
  of('telling', {
    ...telling,
    is: fc.constant('planned'),
    notification,
    isEnd: fc.constant(false),
    severity,
    isReminder: fc.constant(true),
  }),
  of('telling', {
    ...telling,
    is: fc.constant('superseded'),
    notification,
    reason: fc.constantFrom('severity', 'cleared', 'reopened'),
  }),
  of('telling', {
    ...telling,
    is: fc.constant('failed'),
    notification,
    attempt: fc.nat(9),
    message: fc.constant('503'),
    retryAt: time,
  }),
  of('telling', {
    ...telling,
    is: fc.constant('delivered'),
    notification,
    isEnd: fc.boolean(),
    tookMs: fc.nat(9),
    attempts: fc.nat(9),
    groups: fc.constant(['operators']),
  }),
  of('telling', { ...telling, is: fc.constant('dead'), notification, reason: fc.constant('deadline') }),
)
const people = fc.oneof(
  of('acknowledged', { id: entry, alert, time, by: fc.constant('ann'), until: time }),
  of('unacknowledged', { id: entry, alert, time, reason: fc.constant('expired') }),
  of('window', {
    id,
    select: fc.constant('__name:jobs'),
    from: time,
    to: time,
    planned: fc.boolean(),
    time,
  }),
  of('window-began', { id, time }),
  of('window-ended', { id, time, reason: fc.constant('time') }),
  of('pause', { from: time, to: time }),
  of('vanished', { fault, time }),
)
const rewound = of('rewound', { fault, entry, text: fc.constant('as it was') })
const record = fc.oneof(found, named, answered, told, {
  arbitrary: people,
  weight: 3,
}) as fc.Arbitrary<FaultRecord>
// Most stories begin with a fault that is open and has an alert, so that what follows finds something to change.
const begun: readonly FaultRecord[] = [
  {
    ...{
      type: 'found',
      change: 'opened',
      id: 'e0',
      fault: 'f1',
      ruleSet: 'queue',
      severity: 3,
      openedAt: 50,
    },
    ...{ time: 50, series: { key: 'jobs', metric: 'jobs', tags: {} }, text: 'jobs: it is so' },
    judgement: { is: 'above', threshold: 1, value: 2, sampleTime: 50 },
  } as const,
  { type: 'alert', alert: 'a1', fault: 'f1', windows: [], time: 50 },
  { type: 'answered', alert: 'a1', entry: 'e0', isEnd: false, severity: 3 },
]
const storyOf = (each: fc.Arbitrary<FaultRecord>) =>
  fc
    .tuple(fc.constantFrom(begun, begun, begun, []), fc.array(each, { maxLength: 60 }))
    .map(([first, more]) => [...first, ...more])
const story = storyOf(record)
const withRewinds = storyOf(fc.oneof(record, rewound as fc.Arbitrary<FaultRecord>))

function fold(records: readonly FaultRecord[]): FaultState {
  const state = emptyState()
  for (const each of records) applyRecord(state, each)
  return state
}

it('gives after a restart at any moment what it gave before', () => {
  fc.assert(
    fc.property(withRewinds, (records) => {
      const live = emptyState()
      const kept: string[] = []
      for (const each of records) {
        applyRecord(live, each)
        kept.push(JSON.stringify(toStored(each)))
        const replayed = emptyState()
        for (const line of kept) applyRecord(replayed, fromStored(JSON.parse(line))!)
        expect(replayed).toEqual(live)
      }
    }),
    { numRuns: 60 },
  )
})

it('takes a record that comes twice as one', () => {
  fc.assert(
    fc.property(withRewinds, (records) => {
      expect(fold(records.flatMap((each) => [each, each]))).toEqual(fold(records))
    }),
  )
})

it('tells of every fault and entry that is different, so that who follows has all of them', () => {
  fc.assert(
    fc.property(story, (records) => {
      const state = emptyState()
      const [faults, entries] = [new Map(), new Map()]
      for (const each of records) {
        const changed = applyRecord(state, each)
        for (const changedId of changed.faults) faults.set(changedId, state.faults.get(changedId))
        for (const changedId of changed.entries) entries.set(changedId, state.entries.get(changedId))
      }
      expect(faults).toEqual(state.faults)
      expect(entries).toEqual(state.entries)
    }),
  )
})

it('has no stretch, fault or pause that ends before it begins, whatever the clocks did', () => {
  fc.assert(
    fc.property(withRewinds, (records) => {
      const { faults, entries, pauses } = fold(records)
      const all = [...faults.values()]
      const stretches = all.flatMap(({ acknowledged, maintained }) => [...acknowledged, ...maintained])
      expect(stretches.filter(({ from, to = Infinity }) => to < from)).toEqual([])
      expect(pauses.filter(({ from, to }) => to <= from)).toEqual([])
      expect(all.filter(({ openedAt, endedAt = Infinity }) => endedAt < openedAt)).toEqual([])
      expect([...entries.values()].filter(({ durationMs = 0 }) => durationMs < 0)).toEqual([])
      const sinces = all.map(({ severities }) => severities.map(({ since }) => since))
      expect(sinces).toEqual(sinces.map((times) => times.toSorted((a, b) => a - b)))
      // Nothing lasts of a fault that is over.
      const over = all.filter(({ endedAt }) => endedAt !== undefined)
      const lasting = over.flatMap(({ acknowledged, maintained }) => [...acknowledged, ...maintained])
      expect(lasting.filter(({ to }) => to === undefined)).toEqual([])
    }),
    { numRuns: 1000 },
  )
})

it('is bounded, lets go of the oldest that have ended, and of none that is open', () => {
  fc.assert(
    fc.property(
      story,
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 4 }),
      (records, most, few) => {
        const state = fold(records)
        const before = [...state.faults.values()]
        const open = before.filter(({ endedAt }) => endedAt === undefined)
        const inOrderOfEnd = [...state.ended]
        prune(state, { ...defaultBounds, faults: most, entries: few }, 0)
        expect(state.entries.size).toBeLessThanOrEqual(few)
        expect([...state.faults.values()]).toEqual(expect.arrayContaining(open))
        const ended = before.filter(({ endedAt }) => endedAt !== undefined)
        expect(new Set(inOrderOfEnd)).toEqual(new Set(ended.map(({ id }) => id)))
        const room = Math.max(0, Math.min(ended.length, most - open.length))
        expect([...state.ended]).toEqual(inOrderOfEnd.slice(ended.length - room))
        const kept = ended.filter(({ id }) => state.ended.has(id))
        expect([...state.faults.values()].filter(({ endedAt }) => endedAt !== undefined)).toEqual(kept)
      },
    ),
  )
})
