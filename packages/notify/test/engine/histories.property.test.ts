import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Policy } from '../../src/model/policy.ts'
import type { DetectorSignal, Severity } from '../../src/model/signal.ts'
import { Rig } from '../support/engine.ts'
import type { Answer } from '../support/engine.ts'
import { normal, signal } from '../support/signals.ts'

/** What happens at one moment of a history. */
type Happening =
  | { readonly kind: 'fault'; readonly metric: string; readonly severity: Severity }
  | { readonly kind: 'fine'; readonly metric: string }
  | { readonly kind: 'acknowledge'; readonly metric: string; readonly for: number }
  | { readonly kind: 'unacknowledge'; readonly metric: string }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'restart' }

const metric = fc.constantFrom('x', 'y')
const severity = fc.integer({ min: 1, max: 5 }) as fc.Arbitrary<Severity>
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('fault' as const), metric, severity }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('fine' as const), metric }) },
  fc.record({ kind: fc.constant('acknowledge' as const), metric, for: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ kind: fc.constant('unacknowledge' as const), metric }),
  fc.record({ kind: fc.constant('repeat' as const) }),
  fc.record({ kind: fc.constant('restart' as const) }),
)
/** Moments are a second apart at least, so that each is seen by itself. */
const history = fc.array(fc.record({ after: fc.integer({ min: 1, max: 15 }), what: happening }), {
  maxLength: 25,
})
const waits = fc.record({ 1: fc.nat(20), 2: fc.nat(20), 3: fc.nat(20), 4: fc.nat(20), 5: fc.nat(20) })
const windows = fc.array(
  fc.record({ from: fc.nat(150), length: fc.integer({ min: 1, max: 60 }), metric, worst: severity }),
  { maxLength: 3 },
)

const second = 1000
const longAfter = 1_000_000

interface Case {
  readonly waits: Readonly<Record<Severity, number>>
  readonly windows: readonly { from: number; length: number; metric: string; worst: Severity }[]
  readonly history: readonly { after: number; what: Happening }[]
}

const policyOf = (given: Case): Policy => ({
  groups: { ops: { notifiers: ['a'] } },
  routes: [
    {
      group: 'ops',
      wait: Object.fromEntries(Object.entries(given.waits).map(([name, wait]) => [name, `${wait}s`])),
    },
  ],
  maintenance: given.windows.map(({ from, length, metric: of, worst }, index) => ({
    id: `m${index}`,
    select: `__name:${of}`,
    severities: ([1, 2, 3, 4, 5] as const).filter((each) => each >= worst),
    from: from * second,
    to: (from + length) * second,
  })),
})

/**
 * Runs a history through the engine; `restarts` says whether its kills happen. A detector that is `'forgetful'` is killed too and
 * does not know what was open: it says that a series is normal where it would have said that its fault is over.
 */
function run(
  given: Case,
  restarts: boolean | 'forgetful',
  answer: (attempt: number) => Answer = () => 'ok',
): Rig {
  const rig = new Rig(policyOf(given), ['a'])
  let attempts = 0
  rig.answer = () => answer(attempts++)
  const episodes = new Map<string, number>()
  /** Series of which something was said in this life. */
  const known = new Set<string>()
  let last: DetectorSignal = signal('cleared', 0)
  let at = 0
  for (const { after, what } of given.history) {
    at += after * second
    rig.to(at)
    const alert = (name: string): string =>
      [...rig.engine.state.alerts.values()].find((each) => each.series === name && !each.clearedAt)?.id ??
      'none'
    if (what.kind === 'fault') {
      const openedAt = episodes.get(what.metric)
      episodes.set(what.metric, openedAt ?? at)
      known.add(what.metric)
      const type = openedAt === undefined ? 'opened' : 'severity'
      last = signal(type, at, { metric: what.metric, severity: what.severity, openedAt: openedAt ?? at })
      rig.signal(last)
    } else if (what.kind === 'fine' && restarts === 'forgetful' && !known.has(what.metric)) {
      last = normal(at, { metric: what.metric })
      known.add(what.metric)
      episodes.delete(what.metric)
      rig.signal(last)
    } else if (what.kind === 'fine' && episodes.has(what.metric)) {
      last = signal('cleared', at, { metric: what.metric, openedAt: episodes.get(what.metric) ?? 0 })
      episodes.delete(what.metric)
      rig.signal(last)
    } else if (what.kind === 'acknowledge') {
      const until = at + what.for * second
      rig.command({ type: 'acknowledge', alert: alert(what.metric), by: 'ann', until })
    } else if (what.kind === 'unacknowledge') {
      rig.command({ type: 'unacknowledge', alert: alert(what.metric), by: 'ann' })
    } else if (what.kind === 'repeat') {
      rig.signal(last)
      known.add(last.series.metric)
    } else if (what.kind === 'restart' && restarts !== false) {
      rig.restart()
      known.clear()
    }
  }
  rig.to(at + longAfter)
  for (const [name, openedAt] of episodes) {
    rig.signal(signal('cleared', at + longAfter, { metric: name, openedAt }))
  }
  rig.to(at + 10 * longAfter)
  return rig
}

/**
 * The same in the plainest way: one series at a time, second by second, with no timers, no outbox and no memory but what a
 * person with a stopwatch would keep.
 */
function stopwatch(given: Case, of: string): string[] {
  const told: string[] = []
  const moments = new Map<number, Happening>()
  let end = 0
  for (const { after, what } of given.history) moments.set((end += after), what)
  let now: Severity | undefined
  let due = Infinity
  let known: Severity | undefined
  let quietUntil = -1
  let quietFrom: Severity = 1
  const muted = (at: number, level: Severity): boolean =>
    at < quietUntil ||
    given.windows.some(
      (each) => each.metric === of && each.from <= at && at < each.from + each.length && level >= each.worst,
    )
  const look = (at: number): void => {
    if (now === undefined || now === known || (known === undefined && at < due) || muted(at, now)) return
    told.push(`${at * second} ${known === undefined ? 'alert' : 'transition'} ${now}`)
    known = now
  }
  const over = (at: number): void => {
    if (known !== undefined) told.push(`${at * second} recovery ${now ?? 0}`)
    now = known = undefined
    due = Infinity
    quietUntil = -1
  }
  for (let at = 0; at <= end + longAfter / second; at++) {
    // What is due at a moment comes before what happens at it.
    look(at)
    const what = moments.get(at)
    const isOurs = what !== undefined && 'metric' in what && what.metric === of
    if (isOurs && what.kind === 'fault') {
      if (what.severity !== now) due = Math.min(due, at + given.waits[what.severity])
      if (what.severity < quietFrom) quietUntil = -1
      now = what.severity
    } else if (isOurs && what.kind === 'fine') over(at)
    else if (isOurs && what.kind === 'acknowledge' && now !== undefined) {
      quietUntil = at + what.for
      quietFrom = now
    } else if (isOurs && what.kind === 'unacknowledge') quietUntil = -1
    look(at)
  }
  if (now !== undefined) over(end + longAfter / second)
  return told
}

describe('random histories', { timeout: 600_000 }, () => {
  const cases: fc.Arbitrary<Case> = fc.record({ waits, windows, history })

  it('are told as a person with a stopwatch would tell them', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const rig = run(given, false)
        for (const of of ['x', 'y']) {
          const told = rig.attempts
            .filter(({ series }) => series === of)
            // A recovery carries the severity of the signal that ended it.
            .map(({ at, kind, severity: level }) => `${at} ${kind}${kind === 'recovery' ? '' : ` ${level}`}`)
          const expected = stopwatch(given, of).map((line) => line.replace(/recovery .*/, 'recovery'))
          expect(told).toEqual(expected)
        }
      }),
    )
  })

  it('are told the same with a kill and a restart anywhere, also where the detector forgets what was open', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const ids = (rig: Rig): string[] => [...new Set(rig.attempts.map(({ id, at }) => `${id} ${at}`))]
        const calm = ids(run(given, false))
        expect(ids(run(given, true))).toEqual(calm)
        expect(ids(run(given, 'forgetful'))).toEqual(calm)
      }),
    )
  })

  const answers = fc.array(
    fc.constantFrom<Answer>(
      'ok',
      'lost',
      'hangs',
      { failure: 'transient', message: 'down' },
      { failure: 'permanent', message: 'no' },
      { failure: 'rate-limited', message: 'slow', retryAfterMs: 7000 },
    ),
    { maxLength: 60 },
  )

  it('keep the laws of telling whatever the provider answers and whenever it is killed', () => {
    fc.assert(
      fc.property(cases, answers, (given, script) => {
        const rig = run(given, true, (attempt) => script[attempt] ?? 'ok')
        expect(lawsBroken(rig)).toEqual([])
      }),
    )
  })

  it('would be caught breaking a law', () => {
    const rig = run(
      {
        waits: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 },
        windows: [],
        history: [{ after: 1, what: { kind: 'fault', metric: 'x', severity: 1 } }],
      },
      false,
    )
    expect(lawsBroken(rig)).toEqual([])
    const [alert, recovery] = rig.attempts
    rig.attempts.splice(0, 2, recovery!, alert!)
    expect(lawsBroken(rig)).not.toEqual([])
    rig.attempts.splice(0, 2, alert!)
    expect(lawsBroken(rig)).not.toEqual([])
    rig.attempts.splice(0, 1, recovery!)
    expect(lawsBroken(rig)).not.toEqual([])
  })
})

/** The laws that a finished run has broken. */
function lawsBroken(rig: Rig): string[] {
  const broken: string[] = []
  const law = (holds: boolean, name: string): void => {
    if (!holds) broken.push(name)
  }
  const state = rig.engine.state
  law(state.alerts.size === 0 && state.notifications.size === 0, 'nothing is left over')

  const ends = new Map<string, number>()
  for (const event of rig.events) {
    if (event.type === 'delivered' || event.type === 'dead') {
      ends.set(event.notification, (ends.get(event.notification) ?? 0) + 1)
    }
  }
  const planned = rig.events.flatMap((event) => (event.type === 'planned' ? [event.notification] : []))
  law(new Set(planned).size === planned.length, 'planned once')
  law(planned.every((id) => ends.get(id) === 1) && ends.size === planned.length, 'each planned one ends once')

  for (const name of new Set(rig.attempts.map(({ series }) => series))) {
    const begins = rig.attempts.filter(({ series }) => series === name).map(({ openedAt }) => openedAt)
    law(
      begins.every((begin, index) => begin >= (begins[index - 1] ?? 0)),
      'one episode after the other',
    )
  }
  for (const episode of new Set(rig.attempts.map(({ alert }) => alert))) {
    const attempts = rig.attempts.filter(({ alert }) => alert === episode)
    const accepted = attempts.filter((each) => each.accepted)
    const recoveries = new Set(attempts.filter(({ kind }) => kind === 'recovery').map(({ id }) => id))
    const knows = accepted.some(({ kind }) => kind !== 'recovery')
    law(recoveries.size <= 1, 'one recovery at most')
    law(!knows || recoveries.size === 1, 'whoever was told is told of the end')
    law(attempts[0]?.kind === 'alert', 'nothing before the alert')
    const numbers = attempts.map(({ sequence }) => sequence)
    law(
      numbers.every((number, index) => index === 0 || number >= (numbers[index - 1] ?? 0)),
      'in order',
    )
    law(
      attempts.findIndex(({ kind }) => kind === 'recovery') < 0 || attempts.at(-1)?.kind === 'recovery',
      'the end is last',
    )
  }
  return broken
}
