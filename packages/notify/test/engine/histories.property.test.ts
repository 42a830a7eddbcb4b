import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Severity } from '../../src/model/signal.ts'
import type { Attempt } from '../support/engine.ts'
import { histories, historiesOfClocks, run, scripts, second } from '../support/histories.ts'
import type { Happening, History } from '../support/histories.ts'
import { beliefOf, lawsBroken, mistaken, untold } from '../support/laws.ts'

const longAfter = 1000

/** What is told of a history of one series. */
const toldOf = (attempts: readonly Attempt[], of: string): string[] =>
  attempts
    .filter(({ alert }) => alert.series === of)
    .map(({ at, kind, severity }) => `${at} ${kind}${kind === 'recovery' ? '' : ` ${severity}`}`)

/**
 * The same in the plainest way: one series at a time, second by second, with no timers, no outbox and no memory but what a
 * person with a stopwatch would keep.
 */
function stopwatch(given: History, of: string): string[] {
  const told: string[] = []
  const moments = new Map<number, Happening>()
  let end = 0
  for (const { after, what } of given.moments) moments.set((end += after), what)
  let now: Severity | undefined
  let due = Infinity
  let known: Severity | undefined
  let quietUntil = -1
  let quietFrom: Severity = 1
  let settles = Infinity
  let ends: number[] = []
  let reminds = false
  const say = (at: number, what: string): void => {
    told.push(`${at * second} ${what}`)
    reminds = false
  }
  const muted = (at: number, level: Severity): boolean =>
    at < quietUntil ||
    given.windows.some(
      (each) => each.metric === of && each.from <= at && at < each.from + each.length && level >= each.worst,
    )
  const look = (at: number): void => {
    if (now === undefined) {
      if (at < settles) return
      say(at, 'recovery')
      known = undefined
      settles = Infinity
      quietUntil = -1
      return
    }
    // Nobody holds it any more.
    if (quietUntil >= 0 && at >= quietUntil) {
      quietUntil = -1
      reminds = known !== undefined
    }
    if ((known === undefined && (at < due || now > given.upTo)) || muted(at, now)) return
    if (now === known) {
      if (reminds) say(at, `reminder ${now}`)
      return
    }
    say(at, `${known === undefined ? 'alert' : 'transition'} ${now}`)
    known = now
  }
  const over = (at: number): void => {
    const isFlapping =
      given.flapping !== false && ends.filter((each) => at - each < 60).length >= given.flapping
    ends = [...ends, at]
    now = undefined
    due = Infinity
    if (known !== undefined && isFlapping) {
      settles = at + 20
      return
    }
    if (known !== undefined) say(at, 'recovery')
    known = undefined
    quietUntil = -1
    reminds = false
  }
  for (let at = 0; at <= end + longAfter; at++) {
    // What is due at a moment comes before what happens at it.
    look(at)
    const what = moments.get(at)
    const isOurs = what !== undefined && 'metric' in what && what.metric === of
    if (isOurs && what.kind === 'fault') {
      if (what.severity !== now && what.severity <= given.upTo)
        due = Math.min(due, at + given.waits[what.severity])
      if (what.severity < quietFrom) quietUntil = -1
      now = what.severity
      settles = Infinity
    } else if (isOurs && what.kind === 'fine' && now !== undefined) over(at)
    else if (isOurs && what.kind === 'acknowledge' && now !== undefined) {
      quietUntil = at + what.for
      quietFrom = now
      reminds = false
    } else if (isOurs && what.kind === 'unacknowledge' && now !== undefined && quietUntil >= 0) {
      quietUntil = -1
      reminds = known !== undefined
    }
    look(at)
  }
  if (now !== undefined) over(end + longAfter)
  for (let at = end + longAfter; at <= end + longAfter + 30; at++) look(at)
  return told
}

/** Its first attempt is under way while it becomes milder and is over; it is told of what was milder, and the worse comes back. */
const overSeverity: History = {
  waits: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 },
  upTo: 5,
  windows: [],
  flapping: false,
  moments: [
    { after: 1, what: { kind: 'fault', metric: 'x', severity: 1 } },
    { after: 1, what: { kind: 'fault', metric: 'x', severity: 2 } },
    { after: 1, what: { kind: 'fine', metric: 'x' } },
    { after: 2, what: { kind: 'fault', metric: 'x', severity: 1 } },
  ],
}
const lostLate = { afterMs: 2500, answer: 'lost' } as const

describe('random histories', { timeout: 600_000 }, () => {
  it('are told as a person with a stopwatch would tell them', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const { rig } = run(given)
        for (const of of ['x', 'y']) expect(toldOf(rig.attempts, of)).toEqual(stopwatch(given, of))
      }),
    )
  })

  it('are told the same with a kill and a restart anywhere, also where the detector forgets what was open', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const ids = (restarts: boolean | 'forgetful'): string[] => [
          ...new Set(run(given, { restarts }).rig.attempts.map(({ id, at }) => `${id} ${at}`)),
        ]
        const calm = ids(false)
        expect(ids(true)).toEqual(calm)
        expect(ids('forgetful')).toEqual(calm)
      }),
    )
  })

  it('are told the same where signals come more than once, and where the engine is woken for nothing', () => {
    fc.assert(
      fc.property(histories, (given) => {
        const told = (without: readonly Happening['kind'][]): string[] =>
          run(given, { without, restarts: true }).rig.attempts.map(({ id, at }) => `${id} ${at}`)
        expect(told([])).toEqual(told(['again', 'repeat']))
        expect(told([])).toEqual(told(['tick']))
      }),
    )
  })

  it('keep the laws of telling whatever the provider answers, whenever it is killed and however the clock is set', () => {
    fc.assert(
      fc.property(historiesOfClocks, scripts, (given, script) => {
        const broken: string[] = []
        const { rig, open, attemptsWhileOpen } = run(given, {
          restarts: true,
          answer: (attempt) => script[attempt] ?? 'ok',
          check: (now) => broken.push(...untold(now, given.upTo), ...mistaken(now)),
        })
        expect([...broken, ...lawsBroken(rig)]).toEqual([])
        const isClockSet = given.moments.some(({ what }) => what.kind === 'clock' && what.by < 0)
        for (const of of ['x', 'y']) {
          const believed = beliefOf(rig.attempts.slice(0, attemptsWhileOpen), of)
          expect(beliefOf(rig.attempts, of)).toBeUndefined()
          if (believed === undefined && (open.get(of) ?? 0) > given.upTo) continue
          // Of a clock that was set back it is not known whether what is milder is also newer.
          if (isClockSet && open.has(of)) expect(believed).toBeLessThanOrEqual(open.get(of) ?? 0)
          else expect(believed).toBe(open.get(of))
        }
      }),
      { examples: [[overSeverity, [lostLate, 'ok', { failure: 'permanent', message: 'no' }]]] },
    )
  })

  it('reach one receiver at the same moments, whatever another does', () => {
    fc.assert(
      fc.property(histories, scripts, (given, script) => {
        const told = (answers: typeof script): string[] =>
          run(given, {
            notifiers: ['a', 'b'],
            answer: (attempt, notifier) => (notifier === 'a' ? (answers[attempt] ?? 'ok') : 'ok'),
          })
            .rig.attempts.filter(({ notifier, alert }) => notifier === 'b' && alert.ruleSet === 'rules')
            .map(({ at, kind, severity }) => `${at} ${kind} ${severity}`)
        expect(told(script)).toEqual(told([]))
      }),
    )
  })

  it('lose neither severity 1 nor an end to a bound, and what is refused is told', () => {
    const metrics = Array.from({ length: 9 }, (_, index) => `m${index}`)
    const opening = fc.record({
      metric: fc.constantFrom(...metrics),
      severity: fc.constantFrom<Severity>(1, 2, 4),
    })
    fc.assert(
      fc.property(fc.array(opening, { maxLength: 40 }), (openings) => {
        const quiet: History = {
          waits: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 },
          upTo: 5,
          windows: [],
          flapping: false,
          moments: openings.map((each, index) => ({
            after: 1,
            what: index % 3 === 2 ? { kind: 'fine', metric: each.metric } : { kind: 'fault', ...each },
          })),
        }
        const { rig, open } = run(quiet, { limits: { maxOpenAlerts: 5 } })
        const refused = rig.events.filter(
          (event) => event.type === 'refused' && event.reason !== 'unknown-alert',
        )
        expect(refused.filter((event) => 'severity' in event && event.severity === 1)).toEqual([])
        expect(beliefOf(rig.attempts, 'tocsin.notify.x')).toBeUndefined()
        const own = rig.attempts.filter(({ alert }) => alert.ruleSet === 'tocsin.notify')
        expect(own.length > 0).toBe(refused.length > 0)
        for (const [of, severity] of open)
          if (severity === 1) expect(toldOf(rig.attempts, of)).not.toEqual([])
        expect(rig.engine.state.alerts.size).toBe(0)
      }),
    )
  })

  it('would be caught breaking a law', () => {
    const { rig } = run({
      waits: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 },
      upTo: 5,
      windows: [],
      flapping: false,
      moments: [{ after: 1, what: { kind: 'fault', metric: 'x', severity: 1 } }],
    })
    expect(lawsBroken(rig)).toEqual([])
    const [alert, recovery] = rig.attempts
    if (alert === undefined || recovery === undefined) throw new Error('nothing was told')
    rig.attempts.splice(0, 2, recovery, alert)
    expect(lawsBroken(rig)).not.toEqual([])
    rig.attempts.splice(0, 2, alert)
    expect(lawsBroken(rig)).not.toEqual([])
    rig.attempts.splice(0, 1, recovery)
    expect(lawsBroken(rig)).not.toEqual([])
    rig.attempts.splice(0, 1, alert, recovery)
    rig.events.splice(
      rig.events.findIndex(({ type }) => type === 'delivered'),
      1,
    )
    expect(lawsBroken(rig)).not.toEqual([])
  })
})
